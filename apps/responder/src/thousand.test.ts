import { seededNumbers } from '@entity-lockdown/plugin-testkit';
import { expect, test } from 'vitest';
import { type Make, makeFunction, makeInstance, makeRole, makeUser, withoutWaits } from './testing/entities.ts';
import { minutes } from './testing/scene.ts';
import { simulation } from './testing/simulation.ts';
import { isCutOff } from './testing/standing.ts';

const accounts = Array.from({ length: 10 }, (_, index) => String(111_122_220_000 + index));
const makes: readonly Make[] = [makeUser, makeRole, makeFunction, makeUser, makeRole];

test('a thousand publishes for a thousand entities in ten accounts, with duplicates and in any order: all contained, none twice', async () => {
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
}, 300_000);
