import { nullOr, oneOf, type Setting } from '@entity-lockdown/plugin-api';
import { deleteGroup } from '../delete-group.ts';
import { makeGroup } from '../make-group.ts';
import type { InstanceState, OwnGroup } from '../state.ts';

/** A group of ours: not there, with the rules that it is to have, or with others. */
export type GroupValue = null | 'ready' | 'altered';

/** A group of ours in a VPC; `on` is the symbol that stands for it. */
export const securityGroup: Setting<InstanceState, GroupValue> = {
  value: nullOr(oneOf('ready', 'altered')),
  marked: true,
  read(now, on) {
    const group = now.groups[on];
    if (group === undefined) return null;
    return group.ready ? 'ready' : 'altered';
  },
  async write(ctx, on, value, now) {
    const known = now.groups[on];
    if (value !== null) {
      const made = await makeGroup(ctx, on, known);
      return (then) => withGroup(then, on, made);
    }
    await deleteGroup(ctx, on, known);
    return (then) => withGroup(then, on, undefined);
  },
};

/** The state with one group as it is now known to be. */
export function withGroup(now: InstanceState, symbol: string, group: OwnGroup | undefined): InstanceState {
  const { [symbol]: _, ...others } = now.groups;
  return { ...now, groups: group === undefined ? others : { ...others, [symbol]: group } };
}
