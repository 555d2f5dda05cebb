import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetEventSourceMappingCommand, GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { configureLambda, iamOf } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { describeFaults } from './faults.ts';
import {
  account,
  answerTo,
  lambda,
  mapping,
  type Organization,
  organization,
  provisioned,
  reserve,
  role,
} from './organization.ts';

const stateOf = (of: Organization, UUID: string) => of.run(new GetEventSourceMappingCommand({ UUID })).State;
const reserved = (of: Organization, FunctionName: string) =>
  of.run(new GetFunctionConcurrencyCommand({ FunctionName })).ReservedConcurrentExecutions;

test.each(['aws', 'aws-cn', 'aws-us-gov'])('a function in %s: stopped, its role denied, then as it was', async (partition) => {
  const of = organization({ partition, iam: { pageSize: 1 }, pageSize: 1 });
  const there = lambda(of, 'etl', role(of, 'worker', '/service-role/'));
  const queues = ['a', 'b', 'c'].map((queue, index) => mapping(of, 'etl', queue, index !== 1));
  const before = of.sandbox.dump();
  const { contain, release } = of.process();
  expect((await contain(there)).record).toMatchObject({ state: 'contained', failures: [] });
  expect([reserved(of, 'etl'), await answerTo(of, there)]).toEqual([0, 'denied']);
  expect(queues.map((queue) => stateOf(of, queue))).toEqual(['Disabled', 'Disabled', 'Disabled']);
  expect((await release(there)).record.state).toBe('released');
  of.clock.turn(60_000);
  expect(of.sandbox.dump()).toEqual(before);
});

describe('two functions on one role, and the role contained on its own', () => {
  const orders = [
    ['one', 'two', 'role'],
    ['one', 'role', 'two'],
    ['two', 'one', 'role'],
    ['two', 'role', 'one'],
    ['role', 'one', 'two'],
    ['role', 'two', 'one'],
  ] as const;

  test.each(orders)('released in the order %s, %s, %s: the role is denied until the last', async (...order) => {
    const of = organization();
    const worker = role(of, 'worker', '/service-role/');
    const arns = { one: lambda(of, 'one', worker), two: lambda(of, 'two', worker), role: worker };
    reserve(of, 'two', 7);
    const before = of.sandbox.dump();
    const { contain, release } = of.process();
    for (const each of [...order].reverse()) expect((await contain(arns[each])).record.state).toBe('contained');
    for (const [index, each] of order.entries()) {
      expect(await answerTo(of, worker)).toBe('denied');
      expect((await release(arns[each])).record.state).toBe('released');
      // What only the released one wanted is back, whoever is still contained.
      if (each === 'two') expect(reserved(of, 'two')).toBe(7);
      if (index < 2) expect(iamOf(of.sandbox.world, account).roles.get('worker')?.attached).toHaveLength(1);
    }
    expect(await answerTo(of, worker)).toBe('allowed');
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('denied for one function alone, the sibling works until the role is contained, and after', async () => {
    const of = organization();
    const worker = role(of, 'worker');
    const [one, two] = [lambda(of, 'one', worker), lambda(of, 'two', worker)];
    const before = of.sandbox.dump();
    const { contain, release } = of.process();
    const answers = async () => [await answerTo(of, one), await answerTo(of, two), await answerTo(of, worker)];
    expect((await contain(one, { options: { scope: 'function' } })).record.state).toBe('contained');
    expect(await answers()).toEqual(['denied', 'allowed', 'allowed']);
    await contain(worker);
    expect(await answers()).toEqual(['denied', 'denied', 'denied']);
    await release(worker);
    expect(await answers()).toEqual(['denied', 'allowed', 'allowed']);
    await release(one);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

describe('event source mappings in transition', () => {
  test('are not counted as done: contained is said once they are disabled', async () => {
    const of = organization();
    const there = lambda(of, 'etl', role(of, 'worker'));
    const queue = mapping(of, 'etl', 'a');
    configureLambda(of.place, { mappingSeconds: 45 });
    const { dispatcher, drive } = of.process();
    const begun = await dispatcher.contain({ arn: there, by: 'test' });
    expect([begun.record.state, stateOf(of, queue)]).toEqual(['containing', 'Disabling']);
    const done = await drive(begun);
    expect([done.record.state, stateOf(of, queue)]).toEqual(['contained', 'Disabled']);
  });

  test('one that is being enabled is waited for, disabled, and enabled again in the end', async () => {
    const of = organization();
    const there = lambda(of, 'etl', role(of, 'worker'));
    const before = mapping(of, 'etl', 'a');
    configureLambda(of.place, { mappingSeconds: 100 });
    const late = mapping(of, 'etl', 'b');
    expect(stateOf(of, late)).toBe('Creating');
    const { contain, release } = of.process();
    expect((await contain(there)).record.state).toBe('contained');
    expect([stateOf(of, before), stateOf(of, late)]).toEqual(['Disabled', 'Disabled']);
    expect((await release(there)).record.state).toBe('released');
    of.clock.turn(300_000);
    expect([stateOf(of, before), stateOf(of, late)]).toEqual(['Enabled', 'Enabled']);
  });

  test('that ends in a while only is partial after minutes, with the reason, and a later run completes it', async () => {
    const of = organization();
    const there = lambda(of, 'etl', role(of, 'worker'));
    const queue = mapping(of, 'etl', 'a');
    configureLambda(of.place, { mappingSeconds: 3_600 });
    const { contain } = of.process();
    const { record } = await contain(there);
    expect(record).toMatchObject({ state: 'partial', failures: [{ code: 'pending' }] });
    expect(record.failures[0]?.message).toContain('Disabling');
    expect([reserved(of, 'etl'), await answerTo(of, there)]).toEqual([0, 'denied']);
    of.clock.turn(3_600_000);
    expect((await contain(there)).record.state).toBe('contained');
    expect(stateOf(of, queue)).toBe('Disabled');
  });
});

test('an execution role made again under its name is denied too, and has nothing of the old one put back on it', async () => {
  const of = organization();
  const worker = role(of, 'worker', '/service-role/');
  const there = lambda(of, 'etl', worker);
  const { contain, release } = of.process();
  await contain(there);
  for (const PolicyName of of.run(new ListRolePoliciesCommand({ RoleName: 'worker' })).PolicyNames ?? [])
    of.run(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName }));
  for (const PolicyArn of iamOf(of.sandbox.world, account).roles.get('worker')?.attached ?? [])
    of.run(new DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn }));
  of.run(new DeleteRoleCommand({ RoleName: 'worker' }));
  role(of, 'worker', '/service-role/');
  const made = JSON.stringify(iamOf(of.sandbox.world, account).roles.get('worker'));
  expect((await contain(there)).record.state).toBe('contained');
  expect(await answerTo(of, there)).toBe('denied');
  expect((await release(there)).record.state).toBe('released');
  expect(JSON.stringify(iamOf(of.sandbox.world, account).roles.get('worker'))).toBe(made);
});

for (const scope of ['role', 'function'])
  await describeFaults({
    title: `a function, with scope ${scope}`,
    build() {
      const of = organization();
      const arn = lambda(of, 'etl', role(of, 'worker', '/service-role/'));
      reserve(of, 'etl', 7);
      mapping(of, 'etl', 'jobs');
      return { of, arn };
    },
    options: { scope },
    optional: [],
  });

await describeFaults({
  title: 'a function with provisioned concurrency in the way',
  build() {
    const of = organization();
    const arn = lambda(of, 'etl', role(of, 'worker'));
    provisioned(of, 'etl', 5);
    return { of, arn };
  },
  optional: [],
  // Nothing can be reserved below what is provisioned.
  resting: { DeleteProvisionedConcurrencyConfig: ['PutFunctionConcurrency'] },
});

await describeFaults({
  title: 'a function, denied alone, whose role has no room for inline policies',
  build() {
    const of = organization({ iam: { inlinePerRole: 120 } });
    const arn = lambda(of, 'etl', role(of, 'worker'));
    return { of, arn };
  },
  options: { scope: 'function' },
  optional: [],
});
