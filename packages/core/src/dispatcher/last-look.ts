import { type Context, type Plugin, resourceOf } from '@entity-lockdown/plugin-api';
import { isoTime } from '../clock.ts';
import type { Failure } from '../failure.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type ContainmentRecord, type RecordTarget, targetKey, wantedValue } from '../ledger/record.ts';
import { sameValue } from './targets.ts';
import { settingOf } from './work.ts';

/**
 * The last look at a released record: a request that was signed before the release may have been under way for minutes, and have come
 * after the original was read back. What reads as contained although nobody of this record wants it so is reported; it is not undone
 * here, since by now another containment may want it.
 */
export async function lastLook(
  plugin: Plugin,
  reading: Context,
  ledger: Ledger,
  record: ContainmentRecord,
  now: number,
): Promise<ContainmentRecord> {
  const { entityId, targets, next: _, ...rest } = record;
  const known = { ...(entityId !== undefined && { id: entityId }), targets };
  const { state } = await plugin.inspect(reading, record.entity, known);
  const asContained = targets.filter((target) => target.released === 'restored' && readsAsContained(plugin, target, state));
  const areExpected = await Promise.all(asContained.map((target) => isExpected(plugin, ledger, target)));
  const back = asContained.filter((_, at) => areExpected[at] !== true);
  const text =
    back.length === 0 ? 'A last look shows nothing that came back.' : `A last look shows ${back.length} that came back.`;
  return {
    ...rest,
    targets,
    ...(entityId !== undefined && { entityId }),
    failures: back.map((target) => cameBack(target, record.entity.arn)),
    events: [...record.events, { at: isoTime(now), what: 'last-look', text }],
  };
}

function readsAsContained(plugin: Plugin, target: RecordTarget, state: unknown): boolean {
  const setting = settingOf(plugin, target.setting);
  const value = setting.read(state, target.on);
  return value !== undefined && sameValue(setting, value, wantedValue(target));
}

/** Whether another record wants it so by now; or it was so before anybody contained it, and reads so because it was put back. */
async function isExpected(plugin: Plugin, ledger: Ledger, target: RecordTarget): Promise<boolean> {
  const entry = (await ledger.resource(resourceOf(target.on)))?.value.entries[targetKey(target)];
  if (entry === undefined) return false;
  const isWanted = Object.keys(entry.wants).length > 0;
  return isWanted || sameValue(settingOf(plugin, target.setting), entry.from, wantedValue(target));
}

function cameBack(target: RecordTarget, arn: string): Failure {
  return {
    code: 'came-back',
    message: `${target.title}: it was put back, and reads as contained again.`,
    on: target.on,
    next: `If no other record wants it so (lockdown status), contain ${arn} and release it once more.`,
    transient: false,
  };
}
