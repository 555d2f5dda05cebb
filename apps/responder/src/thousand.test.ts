import { seededNumbers } from '@entity-lockdown/plugin-testkit';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { type Make, makeFunction, makeInstance, makeRole, makeUser, withoutWaits } from './testing/entities.ts';
import { requestRates } from './testing/request-rates.ts';
import { minutes } from './testing/scene.ts';
import { simulation } from './testing/simulation.ts';
import { isCutOff } from './testing/standing.ts';

const accounts = Array.from({ length: 10 }, (_, index) => String(111_122_220_000 + index));
const makes: readonly Make[] = [makeUser, makeRole, makeFunction, makeUser, makeRole];

test('a thousand publishes for a thousand entities in ten accounts, with duplicates and in any order: all contained, none twice, within the rates of EC2 and IAM', async () => {
  const chance = seededNumbers(4711);
  const of = simulation({ accounts });
  for (const account of accounts) withoutWaits(of.sandbox, account);
  const arns = Array.from({ length: 1_000 }, (_, index) => {
    const account = accounts[index % accounts.length] ?? '';
    const make = index % 50 === 49 ? makeInstance : (makes[index % makes.length] ?? makeUser);
    return make(of.admin(account), account, `victim-${index}`);
  });
  of.sandbox.clearCalls();
  const deliveries = arns
    .flatMap((arn) => {
      const event = of.eventOf({ body: JSON.stringify({ arn }) });
      return Array.from({ length: chance() < 0.3 ? 2 : 1 }, () => ({ event, order: chance() }));
    })
    .toSorted((a, b) => a.order - b.order);
  expect(deliveries.length).toBeGreaterThan(1_200);
  for (const { event } of deliveries) {
    of.deliver(event);
    await of.run(150);
  }
  await of.run(10 * minutes);

  expect(arns.filter((arn) => !isCutOff(of, arn))).toEqual([]);
  const records = await of.ledger.allOpen();
  expect(records.map(({ state }) => state).filter((state) => state !== 'contained')).toEqual([]);
  expect(new Set(records.map(({ entityKey }) => entityKey)).size).toBe(1_000);
  expect(records.length).toBe(1_000);
  expect(of.objects('records/')).toEqual([]);
  for (const kind of ['started', 'contained'])
    expect(
      new Set(of.mails.filter(({ attributes }) => attributes.kind === kind).map(({ attributes }) => attributes.record)).size,
    ).toBe(1_000);
  expect(of.mails.length).toBe(2_000);
  expect([...of.deadContinuations.messages, ...of.deadRequests.messages]).toEqual([]);

  // None twice: what is written once for each entity was written once.
  const denies = of.sandbox.calls.filter(({ operation, ran }) => ran && /^Put(User|Role)Policy$/.test(operation));
  expect(denies.length).toBe(1_000);

  // Within what EC2 and IAM take, without being throttled once.
  const rates = requestRates();
  const calls = of.sandbox.calls.filter(({ service }) => service === 'ec2' || service === 'iam');
  expect(calls.filter((call) => !rates.take(call))).toEqual([]);
}, 300_000);

test('a hundred and twenty at once for one account: what AWS throttles is tried again, ever more apart, until all are contained', async () => {
  const [account = ''] = accounts;
  const rates = requestRates();
  const codes: { readonly [service: string]: string } = { ec2: 'RequestLimitExceeded', lambda: 'TooManyRequestsException' };
  let isOn = false;
  let throttled = 0;
  const of = simulation({
    accounts: [account],
    fault: ({ now, ...call }) => {
      if (!isOn || rates.take({ ...call, account, at: now })) return undefined;
      throttled += 1;
      return faults.throttled(codes[call.service]);
    },
  });
  withoutWaits(of.sandbox, account);
  const arns = Array.from({ length: 120 }, (_, index) => {
    const make = index % 10 === 9 ? makeInstance : (makes[index % makes.length] ?? makeUser);
    return make(of.admin(account), account, `victim-${index}`);
  });
  isOn = true;
  for (const arn of arns) of.publish({ body: JSON.stringify({ arn }) });
  await of.run(10 * minutes);
  isOn = false;
  expect(throttled).toBeGreaterThan(1_000);
  expect(arns.filter((arn) => !isCutOff(of, arn))).toEqual([]);
  const records = await of.ledger.allOpen();
  expect(records.map(({ state }) => state).filter((state) => state !== 'contained')).toEqual([]);
  expect(records.length).toBe(120);
  expect([...of.deadContinuations.messages, ...of.deadRequests.messages]).toEqual([]);
  for (const kind of ['started', 'contained'])
    expect(of.mails.filter(({ attributes }) => attributes.kind === kind).length).toBe(120);
}, 60_000);
