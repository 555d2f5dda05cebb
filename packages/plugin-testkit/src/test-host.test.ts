import { expect, test } from 'vitest';
import { lifeOf, untilEnd } from './life.ts';
import { createTestHost, registryOf, type TestHostOptions } from './test-host.ts';
import { queuePlugin } from './testing/queue-plugin.ts';
import { queueOptions, queueWorlds } from './testing/queue-worlds.ts';
import { type BuiltWorld, buildWorld, type PluginWorld } from './world.ts';

const [first] = queueWorlds as readonly [PluginWorld];

function hostIn(world: BuiltWorld, more: Partial<TestHostOptions> = {}) {
  const { sandbox, clock, account } = world;
  return createTestHost({ sandbox, clock, registry: registryOf(queuePlugin), as: `admin:${account}`, ...more });
}

test.each([true, false])('a process that ends makes so many calls and no more (direct: %s)', async (direct) => {
  const world = buildWorld(first, queueOptions.services);
  const objects = new Map<string, string>();
  const life = lifeOf(9);
  const ended = await untilEnd(life, () => hostIn(world, { life, objects, direct }).contain(world.arn));
  expect(ended).toEqual({ before: expect.stringMatching(/^(AWS|ledger): /) });
  expect(life.steps).toHaveLength(9);
  const [dump, ledger] = [world.sandbox.dump(), [...objects]];
  await new Promise((resolve) => setImmediate(resolve));
  expect(world.sandbox.dump()).toEqual(dump);
  expect([...objects]).toEqual(ledger);

  const next = await hostIn(world, { objects, isDead: () => true }).contain(world.arn);
  expect(next.record.state).toBe('contained');
});

test('a process that lives long enough ends by itself', async () => {
  const world = buildWorld(first, queueOptions.services);
  const life = lifeOf(1_000);
  const ended = await untilEnd(life, () => hostIn(world, { life }).contain(world.arn));
  expect(ended).toMatchObject({ result: { record: { state: 'contained' } } });
});

test('a world is the same each time it is built', () => {
  const [one, other] = [buildWorld(first, queueOptions.services), buildWorld(first, queueOptions.services)];
  expect(one.sandbox.dump()).toEqual(other.sandbox.dump());
  expect(one.arn).toBe(other.arn);
});
