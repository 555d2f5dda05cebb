import type { ContainmentRecord, PlanReport } from '@entity-lockdown/core';
import { failureOf, LockdownError } from '@entity-lockdown/core';
import type { Entity, Json } from '@entity-lockdown/plugin-api';
import type { RecordedCall } from '@entity-lockdown/sandbox';
import { type AnyStage, entityOf, look, planOf, type Subject, type SubjectWorld } from './subject.ts';
import type { BuiltWorld } from './world.ts';

type Dump = ReturnType<BuiltWorld['sandbox']['dump']>;

/** A world contained, contained once more, and released: what many checks look at. */
export interface Journey {
  readonly world: BuiltWorld;
  /** Undefined where the ARN means no entity. */
  readonly entity?: Entity;
  readonly objects: ReadonlyMap<string, string>;
  /** How the containment ended: a record's state, or the kind of the error. */
  readonly ended: string;
  /** What it said where it did not end as contained. */
  readonly said: string;
  readonly before: Dump;
  readonly report?: PlanReport;
  /** What inspect saw, and plan wanted of it, before and while it was contained. */
  readonly first?: { readonly state: unknown; readonly stages: readonly AnyStage[] };
  readonly held?: { readonly state: unknown; readonly stages: readonly AnyStage[] };
  readonly contained?: ContainmentRecord;
  readonly containCalls: readonly RecordedCall[];
  /** Calls that changed something although all was contained already. */
  readonly secondWrites: readonly RecordedCall[];
  /** How it ended when it was contained again after what happened to it meanwhile. */
  readonly endedAgain?: string;
  readonly released?: ContainmentRecord;
  readonly releaseCalls: readonly RecordedCall[];
  readonly after: Dump;
  /** All that was said or stored, for searching. */
  readonly told: string;
}

/** Contains and releases a world's entity without any disturbance. */
export async function journeyThrough(subject: Subject, own: SubjectWorld): Promise<Journey> {
  const world = own.build();
  const { sandbox, arn } = world;
  const objects = new Map<string, string>();
  const told: unknown[] = [];
  const before = sandbox.dump();
  const nothing = { world, objects, before, containCalls: [], secondWrites: [], releaseCalls: [] };
  const host = subject.host(world, { objects });
  const request = { options: own.values };

  let entity: Entity;
  let report: PlanReport;
  try {
    entity = await entityOf(subject, world);
    report = await host.dispatcher.plan({ arn, by: 'test', ...request });
  } catch (error) {
    const ended = error instanceof LockdownError && error.kind !== 'failed' ? 'refused' : 'failed';
    const { message } = failureOf(error);
    return { ...nothing, ended, said: message, after: sandbox.dump(), told: JSON.stringify(failureOf(error)) };
  }
  told.push(report);
  const seen = await look(subject, world, entity);
  const first = { state: seen.state, stages: seen.exists ? planOf(subject, seen.state, entity, own.values) : [] };

  sandbox.clearCalls();
  let contained: ContainmentRecord;
  try {
    contained = (await host.contain(arn, request)).record;
  } catch (error) {
    const ended = error instanceof LockdownError && error.kind !== 'failed' ? 'refused' : 'failed';
    const { message } = failureOf(error);
    const after = sandbox.dump();
    return { ...nothing, entity, report, first, ended, said: message, after, told: JSON.stringify([told, failureOf(error)]) };
  }
  const containCalls = [...sandbox.calls];
  told.push(contained, [...objects]);
  const outcome = { entity, report, first, contained, ended: contained.state, said: saidBy(contained) };
  if (contained.state === 'refused')
    return { ...nothing, ...outcome, containCalls, after: sandbox.dump(), told: JSON.stringify([told, host.events]) };

  const mark = await host.ledger.mark();
  const known = { targets: contained.targets, ...(contained.entityId !== undefined && { id: contained.entityId }) };
  const again = await look(subject, world, entity, known, mark);
  const held = { state: again.state, stages: planOf(subject, again.state, entity, own.values) };
  sandbox.clearCalls();
  await subject.host(world, { objects }).contain(arn, request);
  const secondWrites = sandbox.calls.filter(({ mutates }) => mutates);
  let endedAgain: string | undefined;
  sandbox.clearCalls();
  if (own.meanwhile !== undefined) {
    own.meanwhile(world, arn);
    const repaired = await subject.host(world, { objects }).contain(arn, request);
    endedAgain = repaired.record.state;
    told.push(repaired.record);
  }
  const repairCalls = [...sandbox.calls];
  sandbox.clearCalls();
  const released = (await subject.host(world, { objects }).release(arn)).record;
  told.push(released, [...objects], host.events);
  return {
    ...nothing,
    ...outcome,
    held,
    containCalls: [...containCalls, ...repairCalls],
    secondWrites,
    ...(endedAgain !== undefined && { endedAgain }),
    released,
    releaseCalls: [...sandbox.calls],
    after: sandbox.dump(),
    told: JSON.stringify(told),
  };
}

/** What a record says of what was not done. */
export function saidBy({ failures, warnings }: ContainmentRecord): string {
  const gaps = warnings.filter(({ gap }) => gap === true);
  return [...failures.map(({ message }) => message), ...gaps.map(({ text }) => text)].join(' ') || 'nothing';
}

/** The values that the ledger keeps as originals, by target: `from` of each setting of each resource. */
export function originalsIn(objects: ReadonlyMap<string, string>): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const body of objects.values()) {
    const { entries } = JSON.parse(body) as { readonly entries?: { readonly [key: string]: { readonly from?: Json } } };
    for (const [key, { from }] of Object.entries(entries ?? {})) if (from !== undefined) found.set(key, from);
  }
  return found;
}
