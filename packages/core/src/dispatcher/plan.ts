import { type Json, resourceOf } from '@entity-lockdown/plugin-api';
import { unguarded } from '../aws/guarded-client.ts';
import { CouldNotLook, type Failure, failureOf } from '../failure.ts';
import { refusalFor } from '../guardrails.ts';
import type { OptionValues } from '../options.ts';
import { entityKey, type Resolved } from '../registry.ts';
import { isOwn } from './list-targets.ts';
import { containedUnderAnotherName, markedByAnother } from './problems.ts';
import { underAnotherName } from './same-entity.ts';
import { type AnyStage, sameValue } from './targets.ts';
import type { PlannedChange, PlanReport } from './types.ts';
import { contextFor, foreignMark, type Host, settingOf } from './work.ts';

/** Stands for the mark of a ledger that does not exist yet: nothing on AWS carries it. */
export const noMark = '000000000000';

/**
 * Looks, and says what would be done. Writes nothing.
 *
 * @throws CouldNotLook where AWS does not answer how the entity is
 */
export async function planFor(host: Host, resolved: Resolved, options: OptionValues): Promise<PlanReport> {
  const { entity, plugin, registered } = resolved;
  const now = host.clock.now();
  const [caller, session, mark, open] = await Promise.all([
    host.access.identity(),
    host.access.open(entity, registered.manifest, 'contain'),
    host.ledger.existingMark(),
    host.ledger.open(entityKey(registered.manifest, entity)),
  ]);
  const acting = { arn: session.actor, account: entity.account, partition: entity.partition };
  const reading = contextFor(host, entity, session, mark ?? noMark, unguarded);
  const record = open?.value;
  const known = { ...(record?.entityId !== undefined && { id: record.entityId }), targets: record?.targets ?? [] };
  const observed = await plugin.inspect(reading, entity, known).catch((error: unknown) => {
    throw new CouldNotLook('failed', failureOf(error, entity.arn), error);
  });
  const report = {
    entity,
    plugin: { id: registered.manifest.id, package: registered.package.name, version: registered.package.version },
    actor: session.actor,
    ...(record !== undefined && { record: record.id }),
  };
  if (!observed.exists) {
    return {
      ...report,
      exists: false,
      missing: observed.missing ?? `${entity.arn} does not exist.`,
      stages: [],
      warnings: [],
      refusals: [],
    };
  }
  const identified = {
    plugin: registered.manifest.id,
    entity,
    entityKey: entityKey(registered.manifest, entity),
    entityId: observed.id,
  };
  const other = record === undefined ? await underAnotherName(host.ledger, identified) : undefined;
  const stages = plugin.plan(observed.state, entity, options) as readonly AnyStage[];
  const refusals = new Map<string, Failure>();
  const refusalOf = (arn: string) => refusalFor({ arn }, [caller, acting], host.guardrails, now);
  const foreign = foreignMark(observed, mark);
  let refusal = refusalOf(entity.arn) ?? (other && containedUnderAnotherName(entity, other));
  const isRefused = ({ arn, on }: { readonly arn?: string; readonly on: string }) => {
    const found = refusalOf(arn ?? resourceOf(on));
    if (found !== undefined && isOwn({ entity }, on)) refusal ??= found;
    else if (found !== undefined) refusals.set(arn ?? on, found);
    return found !== undefined;
  };
  const allowed = stages.map((stage) => ({ ...stage, changes: stage.changes.filter((change) => !isRefused(change)) }));
  return {
    ...report,
    exists: true,
    stages: allowed.map(({ title, changes, dwell }) => ({
      title,
      changes: changes.map((change): PlannedChange => {
        const setting = settingOf(plugin, change.setting);
        const from = setting.read(observed.state, change.on) as Json | undefined;
        return {
          setting: change.setting,
          on: change.on,
          title: change.title,
          to: change.to,
          done: from !== undefined && sameValue(setting, from, change.to),
          ...(from !== undefined && { from }),
          ...(change.transit && { transit: true }),
          ...(change.irreversible !== undefined && { irreversible: change.irreversible }),
          ...(change.optional !== undefined && { optional: change.optional }),
        };
      }),
      ...(dwell && { dwell }),
    })),
    warnings: [
      ...(entity.note === undefined ? [] : [{ text: entity.note }]),
      ...plugin.warnings(observed.state, entity, options),
      ...(foreign === undefined ? [] : [markedByAnother(entity, foreign)]),
    ],
    refusals: [...refusals.values()],
    ...(refusal !== undefined && { refusal }),
  };
}
