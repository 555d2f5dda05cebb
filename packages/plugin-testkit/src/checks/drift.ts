import { type ContainmentRecord, failureOf, type RecordTarget, targetKey } from '@entity-lockdown/core';
import { type Json, passes, sameJson } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { differences, shownJson } from '../differences.ts';
import { originalsIn, saidBy } from '../journey.ts';
import { contextIn, entityOf, look, type Subject, type SubjectWorld, settingNamed } from '../subject.ts';
import type { TestHost } from '../test-host.ts';
import type { BuiltWorld } from '../world.ts';

export const driftIsLeft: Check = {
  title: 'what somebody changed meanwhile is reported and left as it is, and put back when that is asked for',
  async run(subject) {
    const faults: string[] = [];
    const known = await valuesOf(subject);
    let tried = 0;
    let unmarked = 0;
    for (const own of subject.containable.filter(({ meanwhile }) => meanwhile === undefined)) {
      const { contained } = await own.journey();
      const targets = (contained?.targets ?? []).filter(
        ({ marked, unavailable }) => marked !== true && unavailable === undefined,
      );
      unmarked += targets.length;
      for (const change of own.drift === undefined ? targets.map(driftOf(known)) : [own.drift]) {
        const found = await driftOnce(subject, own, change);
        if (found === undefined) {
          if (own.drift !== undefined) faults.push(`"${own.title}": \`drift\` changes no setting that is contained.`);
          continue;
        }
        tried += 1;
        faults.push(...found.map((fault) => `"${own.title}": ${fault}`));
      }
    }
    if (tried === 0 && unmarked > 0)
      faults.push(
        'No world has a contained setting that could be given a third value. Give one of them `drift`, which changes it.',
      );
    return faults;
  },
};

type Change = (this: void, world: BuiltWorld, arn: string, at: Held) => unknown;

interface Held {
  readonly subject: Subject;
  readonly host: TestHost;
  readonly objects: ReadonlyMap<string, string>;
  readonly record: ContainmentRecord;
}

/** Changes a target to a value of its setting in another world, which is neither what it was nor what is wanted. */
function driftOf(known: ReadonlyMap<string, readonly Json[]>): (target: RecordTarget) => Change {
  return (target) =>
    async (world, _arn, { subject, host, objects, record }) => {
      const setting = settingNamed(subject, target.setting);
      const from = originalsIn(objects).get(targetKey(target));
      const same = (a: Json, b: Json): boolean => setting?.same?.(a, b) ?? sameJson(a, b);
      const thirds = (known.get(target.setting) ?? []).filter(
        (value) =>
          setting !== undefined &&
          passes(setting.value, value) &&
          ![from ?? null, ...target.path].some((other) => same(other, value)),
      );
      const entity = await entityOf(subject, world);
      const mark = await host.ledger.mark();
      for (const value of thirds) {
        const { state } = await look(subject, world, entity, { targets: record.targets }, mark);
        try {
          await setting?.write(contextIn(world, entity, mark), target.on, value, state);
          return;
        } catch {
          // AWS does not take that value here: another may do
        }
      }
    };
}

/** Undefined where the change came to nothing. */
async function driftOnce(subject: Subject, own: SubjectWorld, change: Change): Promise<readonly string[] | undefined> {
  const left = await driftAndRelease(subject, own, change, false);
  if (left === undefined) return undefined;
  if (typeof left === 'string') return [left];
  const forced = await driftAndRelease(subject, own, change, true);
  if (typeof forced === 'string') return [...left, forced];
  return [...left, ...(forced ?? [])];
}

async function driftAndRelease(
  subject: Subject,
  own: SubjectWorld,
  change: Change,
  force: boolean,
): Promise<readonly string[] | string | undefined> {
  const world = own.build();
  const objects = new Map<string, string>();
  const before = world.sandbox.dump();
  const host = subject.host(world, { objects });
  const { record } = await host.contain(world.arn, { options: own.values });
  const entity = await entityOf(subject, world);
  const mark = await host.ledger.mark();
  const read = async (): Promise<ReadonlyMap<string, Json | undefined>> => {
    const { state } = await look(subject, world, entity, { targets: record.targets }, mark);
    return new Map(
      record.targets.map((target) => [targetKey(target), settingNamed(subject, target.setting)?.read(state, target.on)]),
    );
  };
  const held = await read();
  await change(world, world.arn, { subject, host, objects, record });
  const drifted = await read();
  const changed = record.targets.filter((target) => !sameJson(held.get(targetKey(target)), drifted.get(targetKey(target))));
  if (changed.length === 0) return undefined;
  const names = changed.map(targetKey).join(', ');
  let released: ContainmentRecord;
  try {
    released = (await host.release(world.arn, { force })).record;
  } catch (error) {
    return `with ${names} changed meanwhile, it could not be released: ${failureOf(error).message}`;
  }
  if (released.state !== 'released')
    return `with ${names} changed meanwhile, the release ended as ${released.state}: ${saidBy(released)}`;
  if (force) {
    if (released.targets.some(({ irreversible }) => irreversible !== undefined)) return [];
    return differences(before, world.sandbox.dump(), 2).map(
      (difference) => `with ${names} changed meanwhile, a forced release did not put all back: ${difference}.`,
    );
  }
  const after = await read();
  return changed.flatMap((target) => {
    const key = targetKey(target);
    const outcome = released.targets.find((other) => targetKey(other) === key)?.released;
    const faults: string[] = [];
    if (outcome !== 'drift')
      faults.push(`${key} was changed by somebody else, and release reports it as ${outcome ?? 'nothing'}, not as drift.`);
    const value = after.get(key);
    if (!sameJson(value, drifted.get(key)))
      faults.push(
        `${key} was changed to ${shownJson(drifted.get(key))} by somebody else, and release made it ${shownJson(value)}.`,
      );
    return faults;
  });
}

/** The values that each setting had or was to have in any world. */
async function valuesOf(subject: Subject): Promise<ReadonlyMap<string, readonly Json[]>> {
  const found = new Map<string, Json[]>();
  for (const own of subject.containable) {
    const { objects, contained } = await own.journey();
    const originals = originalsIn(objects);
    for (const target of contained?.targets ?? []) {
      const values = found.get(target.setting) ?? [];
      const from = originals.get(targetKey(target));
      for (const value of [...target.path, ...(from === undefined ? [] : [from])])
        if (!values.some((other) => sameJson(other, value))) values.push(value);
      found.set(target.setting, values);
    }
  }
  return found;
}
