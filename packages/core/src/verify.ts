import { type Json, resourceOf, type Target, type Warning } from '@entity-lockdown/plugin-api';
import { unguarded } from './aws/guarded-client.ts';
import { noMark } from './dispatcher/plan.ts';
import { type AnyStage, sameValue } from './dispatcher/targets.ts';
import { contextFor, foreignMark, type Host, settingOf } from './dispatcher/work.ts';
import { type ContainmentRecord, targetKey, wantedValue } from './ledger/record.ts';
import { resolveRecord } from './registry.ts';

/**
 * Where a target of a record stands on AWS:
 *
 * - `contained`: it has the value that the record wants
 * - `original`: it has the value that it had before
 * - `hop`: it rests in the value that it passes through
 * - `changed`: somebody gave it another value
 * - `pending`: AWS is still at it
 * - `gone`: it does not exist, or cannot be read
 */
export type TargetStanding = 'contained' | 'original' | 'hop' | 'changed' | 'pending' | 'gone';

export interface VerifiedTarget extends Target {
  readonly title: string;
  readonly standing: TargetStanding;
  /** Its value now; absent where there is none. */
  readonly now?: Json;
  /** Its value before it was contained, where the ledger knows it. */
  readonly from?: Json;
  /** Other records that want the same setting of the same resource. */
  readonly alsoWantedBy: readonly string[];
}

/** What a look at a record's entity has shown. */
export interface Verification {
  readonly exists: boolean;
  /** Where it does not exist: a sentence that says so. */
  readonly missing?: string;
  /** Set where another entity has its name now: the id of that one. */
  readonly replacedBy?: string;
  readonly targets: readonly VerifiedTarget[];
  /** What a containment would still have to do that the record does not list yet, such as a key that the attacker made since. */
  readonly outstanding: readonly (Target & { readonly title: string })[];
  readonly warnings: readonly Warning[];
  /** The mark of another ledger that contains the entity too. */
  readonly markedBy?: string;
}

/**
 * Looks at the entity of a record, open or ended, and compares. Writes nothing, neither to AWS nor to the ledger.
 *
 * @throws LockdownError, or what AWS answered, where it cannot be looked at
 */
export async function verify(host: Host, record: ContainmentRecord): Promise<Verification> {
  const { registered, plugin } = await resolveRecord(host.registry, record);
  const { entity } = record;
  const resources = [...new Set(record.targets.map(({ on }) => resourceOf(on)))];
  const [session, mark, ...stored] = await Promise.all([
    host.access.open(entity, registered.manifest, 'contain'),
    host.ledger.existingMark(),
    ...resources.map((arn) => host.ledger.resource(arn)),
  ]);
  const context = contextFor(host, entity, session, mark ?? noMark, unguarded);
  const observed = await plugin.inspect(context, entity, {
    ...(record.entityId !== undefined && { id: record.entityId }),
    targets: record.targets,
  });
  if (!observed.exists) {
    return {
      exists: false,
      missing: observed.missing ?? `${entity.arn} does not exist.`,
      targets: [],
      outstanding: [],
      warnings: [],
    };
  }
  const entries = Object.assign({}, ...stored.map((resource) => resource?.value.entries ?? {})) as NonNullable<
    (typeof stored)[number]
  >['value']['entries'];
  const targets = record.targets
    .filter((target) => target.unavailable === undefined)
    .map((target): VerifiedTarget => {
      const setting = settingOf(plugin, target.setting);
      const entry = entries[targetKey(target)];
      const from = target.marked === true ? null : entry?.from;
      const now = setting.read(observed.state, target.on);
      const is = (value: Json | undefined) => now !== undefined && value !== undefined && sameValue(setting, now, value);
      const standing = (): TargetStanding => {
        if (now === undefined) return 'gone';
        if (setting.pending?.(observed.state, target.on) !== undefined) return 'pending';
        if (is(wantedValue(target))) return 'contained';
        if (is(from)) return 'original';
        return target.path.slice(0, -1).some(is) ? 'hop' : 'changed';
      };
      return {
        setting: target.setting,
        on: target.on,
        title: target.title,
        standing: standing(),
        ...(now !== undefined && { now }),
        ...(from !== undefined && { from }),
        alsoWantedBy: Object.keys(entry?.wants ?? {}).filter((id) => id !== record.id),
      };
    });
  const holds = Object.values(record.holds);
  const known = new Set(record.targets.map(targetKey));
  const wanted = holds.flatMap(({ options }) =>
    (plugin.plan(observed.state, entity, options) as readonly AnyStage[]).flatMap(({ changes }) => changes),
  );
  const outstanding = new Map(
    wanted
      .filter((change) => change.transit !== true && !known.has(targetKey(change)))
      .filter((change) => {
        const setting = settingOf(plugin, change.setting);
        const now = setting.read(observed.state, change.on);
        return now === undefined || !sameValue(setting, now, change.to);
      })
      .map(({ setting, on, title }) => [targetKey({ setting, on }), { setting, on, title }]),
  );
  const foreign = foreignMark(observed, mark);
  const warnings = holds.flatMap(({ options }) => plugin.warnings(observed.state, entity, options));
  return {
    exists: true,
    ...(record.entityId !== undefined && record.entityId !== observed.id && { replacedBy: observed.id }),
    ...(foreign !== undefined && { markedBy: foreign }),
    targets,
    outstanding: [...outstanding.values()],
    warnings: [...new Map(warnings.map((warning) => [warning.text, warning])).values()],
  };
}
