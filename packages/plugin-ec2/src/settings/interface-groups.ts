import { EC2Client, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { type Context, type Setting, texts } from '@entity-lockdown/plugin-api';
import { makeGroup } from '../make-group.ts';
import type { InstanceState, OwnGroup } from '../state.ts';
import { idIn, parseSymbol } from '../symbol.ts';
import { withGroup } from './security-group.ts';

/** Behind the symbol of a further group of ours, which two processes made at once: it is ours, and not the one to be in. */
const spareMark = '~spare';

/**
 * The security groups of a network interface, in their order; `on` is the interface's ARN. A group of ours is named by its symbol.
 * Always by interface, never by instance: an instance with several has no groups of its own.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
 */
export const interfaceGroups: Setting<InstanceState, readonly string[]> = {
  value: texts,
  read(now, on) {
    const found = now.interfaces[on];
    if (found === undefined || found.unseen !== undefined) return undefined;
    const symbols = new Map(
      Object.entries(now.groups).flatMap(([symbol, { id, spare }]) => [
        [id, symbol] as const,
        ...spare.map((other) => [other, `${symbol}${spareMark}`] as const),
      ]),
    );
    return found.groups.map((id) => symbols.get(id) ?? id);
  },
  pending(now, on) {
    const unseen = now.interfaces[on]?.unseen;
    return unseen === undefined ? undefined : `EC2 does not describe its group ${unseen.join(', ')} yet`;
  },
  ours: (groups) => groups.some((group) => parseSymbol(group.replace(spareMark, '')) !== undefined),
  // EC2 does not promise to list groups in the order in which they were given.
  same: (a, b) => a.length === b.length && new Set([...a, ...b]).size === new Set(a).size,
  async write(ctx, on, value, now) {
    const made = await Promise.all(value.filter(isUnready(now)).map((symbol) => make(ctx, symbol, now)));
    const then = made.reduce((state, [symbol, group]) => withGroup(state, symbol, group), now);
    await ctx.client(EC2Client).send(
      new ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: idIn(on),
        Groups: value.map((group) => then.groups[group]?.id ?? group),
      }),
    );
    return (later) => made.reduce((state, [symbol, group]) => withGroup(state, symbol, group), later);
  },
};

/** A group of ours that is not there, or was tampered with: it is made so before an interface is trusted to it. */
function isUnready(now: InstanceState): (group: string) => boolean {
  return (group) => parseSymbol(group) !== undefined && now.groups[group]?.ready !== true;
}

async function make(ctx: Context, symbol: string, now: InstanceState): Promise<readonly [string, OwnGroup]> {
  return [symbol, await makeGroup(ctx, symbol, now.groups[symbol])];
}
