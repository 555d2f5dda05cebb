import { type ContainmentRecord, type Failure, failureOf, targetKey } from '@entity-lockdown/core';
import { sameJson } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { saidBy } from '../journey.ts';
import { leastPrivilege } from '../least-privilege.ts';
import { entityOf, look, planOf, type Subject, type SubjectWorld, settingNamed } from '../subject.ts';
import { declared } from './grants.ts';

export const deniedOptionalWarns: Check = {
  title: 'a denied action that is optional costs a warning and nothing else',
  run: async (subject) =>
    await denyEach(subject, 'optional', async (own, action, { record, failure }) => {
      if (record === undefined) return [`with ${action} denied, which is optional, nothing was done: ${failure?.message}`];
      if (record.state !== own.expect)
        return [`with ${action} denied, which is optional, it ended as ${record.state}: ${saidBy(record)}`];
      const before = new Set((await own.journey()).contained?.warnings.map(({ text }) => text));
      const isWarned = record.warnings.some(({ text }) => !before.has(text));
      return isWarned
        ? []
        : [`with ${action} denied, no warning says what was lost. Say it in warnings, or on the change as \`optional\`.`];
    }),
};

export const deniedRequiredIsSaid: Check = {
  title: 'a denied action that is required ends as partial, is named, and stops no other cut',
  run: async (subject) =>
    await denyEach(subject, 'required', async (_own, action, { record, failure, uncut }) => {
      if (record === undefined)
        return failure?.action === action || failure?.message.includes(action) === true
          ? []
          : [`with ${action} denied, it failed without naming that: ${failure?.message}`];
      if (record.state === 'contained')
        return [
          `with ${action} denied, it says contained all the same. Is it needed? Make its grant optional, or have a \`gap\` warning say what stays open.`,
        ];
      const faults: string[] = [];
      if (!saidBy(record).includes(action))
        faults.push(`with ${action} denied, the record does not name it. It says: ${saidBy(record)}`);
      for (const key of uncut) faults.push(`with ${action} denied, ${key} was not cut either, which does not need it.`);
      return faults;
    }),
};

interface Outcome {
  readonly record?: ContainmentRecord;
  readonly failure?: Failure;
  /** Targets that should have been cut all the same, and were not. */
  readonly uncut: readonly string[];
}

async function denyEach(
  subject: Subject,
  which: 'optional' | 'required',
  judge: (own: SubjectWorld, action: string, outcome: Outcome) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const required = declared(subject.plugin, 'contain', 'required');
  for (const own of subject.containable.filter(({ expect, meanwhile }) => expect === 'contained' && meanwhile === undefined)) {
    const { containCalls } = await own.journey();
    const used = new Set(containCalls.filter(({ service }) => service !== 'sts').flatMap(({ actions }) => actions));
    for (const action of used) {
      if (required.has(action) !== (which === 'required')) continue;
      const outcome = await containWithout(subject, own, action);
      for (const fault of await judge(own, action, outcome)) faults.push(`"${own.title}": ${fault}`);
    }
  }
  return faults;
}

async function containWithout(subject: Subject, own: SubjectWorld, action: string): Promise<Outcome> {
  const world = own.build();
  const host = subject.host(world, { ...leastPrivilege(subject, world, action), direct: true, objects: new Map() });
  let record: ContainmentRecord;
  try {
    record = (await host.contain(world.arn, { options: own.values })).record;
  } catch (error) {
    return { failure: failureOf(error), uncut: [] };
  }
  const failed = new Set(record.targets.filter(({ failure }) => failure !== undefined).map(targetKey));
  const full = new Set(record.targets.filter(({ unavailable }) => unavailable !== undefined).map(targetKey));
  const entity = await entityOf(subject, world);
  world.sandbox.clearCalls();
  const { state } = await look(subject, world, entity, { targets: record.targets }, await host.ledger.mark());
  const readers = new Set(world.sandbox.calls.flatMap(({ actions }) => actions));
  // Without a look there is nothing to plan by: what could be cut without one is the author's to say.
  if (readers.has(action)) return { record, uncut: [] };
  const wanted = planOf(subject, state, entity, own.values).flatMap(({ changes }) =>
    changes.filter(({ transit }) => transit !== true),
  );
  const uncut = wanted.filter((change) => {
    const setting = settingNamed(subject, change.setting);
    const value = setting?.read(state, change.on);
    if (failed.has(targetKey(change)) || full.has(targetKey(change)) || value === undefined) return false;
    return !(setting?.same?.(value, change.to) ?? sameJson(value, change.to));
  });
  return { record, uncut: uncut.map(targetKey) };
}
