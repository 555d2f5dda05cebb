import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, runProcess } from './run-process.ts';
import { containing, releasing, type Scene, setScene } from './scene.ts';
import type { Job } from './settings.ts';
import { expectRoleDenied, expectShutOut } from './shut-out.ts';
import type { EntityType } from './worlds.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

/** Runs processes at the same time, each with the clock of the machine. */
async function atOnce({ settings: { clockFile: _, ...settings } }: Scene, ...jobs: readonly Job[]): Promise<readonly Ended[]> {
  const ended = await Promise.all(jobs.map((job) => runProcess(settings, job)));
  return ended;
}

async function one(scene: Scene, job: Job): Promise<Ended> {
  const [ended] = await atOnce(scene, job);
  return ended as Ended;
}

const contained = { code: 0, said: { record: { state: 'contained', failures: [] } } };
const released = { code: 0, said: { record: { state: 'released', failures: [] } } };

// Waits take their time here: all at once.
describe.concurrent('two processes at once', () => {
  test.each(['user', 'function', 'instance'] satisfies EntityType[])(
    'contain the same %s for one incident',
    async (type) => {
      const scene = await setScene(moto.endpoint, type);
      const job = containing(scene.world);
      expect(await atOnce(scene, job, job)).toMatchObject([contained, contained]);
      await expectShutOut[type](scene.world);
      expect(await one(scene, releasing(scene.world))).toMatchObject(released);
      await scene.expectRestored();
      await scene.remove();
    },
    200_000,
  );

  test.each(['role', 'instance'] satisfies EntityType[])(
    'contain the same %s for two incidents, released one after the other',
    async (type) => {
      const scene = await setScene(moto.endpoint, type);
      const [first, second] = ['phishing', 'exfiltration'];
      expect(await atOnce(scene, containing(scene.world, first), containing(scene.world, second))).toMatchObject([
        contained,
        contained,
      ]);
      expect((await one(scene, releasing(scene.world, first))).said).toMatchObject({
        record: { state: 'contained' },
        otherHolds: [second],
      });
      await expectShutOut[type](scene.world);
      expect(await one(scene, releasing(scene.world, second))).toMatchObject(released);
      await scene.expectRestored();
      await scene.remove();
    },
    200_000,
  );

  test.each(['user', 'role', 'function', 'instance'] satisfies EntityType[])(
    'one contains a %s while the other releases it',
    async (type) => {
      const scene = await setScene(moto.endpoint, type);
      expect(await one(scene, containing(scene.world, 'old'))).toMatchObject(contained);
      const [release, contain] = await atOnce(scene, releasing(scene.world, 'old'), containing(scene.world, 'new'));
      // Whoever came first: the new incident holds it, and nobody was told otherwise. The old one is gone, or the last release would name it.
      expect(contain).toMatchObject(contained);
      expect(contain?.said?.record?.holds).toHaveProperty('new');
      await expectShutOut[type](scene.world);
      expect(release?.said?.failure).toBeUndefined();
      expect(await one(scene, releasing(scene.world, 'new'))).toMatchObject(released);
      await scene.expectRestored();
      await scene.remove();
    },
    200_000,
  );

  test('release the same role: both say so, or that there is nothing left to release', async () => {
    const scene = await setScene(moto.endpoint, 'role');
    expect(await one(scene, containing(scene.world))).toMatchObject(contained);
    const ended = await atOnce(scene, releasing(scene.world), releasing(scene.world));
    for (const { said } of ended)
      expect(said?.failure?.code ?? said?.record?.state).toMatch(/^(?:released|not-contained|already-released)$/);
    expect(ended.map(({ said }) => said?.record?.state)).toContain('released');
    await scene.expectRestored();
    await scene.remove();
  }, 200_000);

  test.each([
    ['the function', 'the role'],
    ['the role', 'the function'],
  ])(
    'contain a function and the role that it has; %s is released first, then %s',
    async (first) => {
      const scene = await setScene(moto.endpoint, 'function');
      const orders = containing(scene.world);
      const arn = `arn:aws:iam::${scene.world.account.id}:role/team/web/worker`;
      expect(await atOnce(scene, orders, { do: 'contain', arn })).toMatchObject([contained, contained]);
      const order: readonly Job[] = [releasing(scene.world), { do: 'release', target: arn }];
      const [sooner, later] = first === 'the function' ? order : order.toReversed();
      expect(await one(scene, sooner as Job)).toMatchObject(released);
      await expectRoleDenied(scene.world.account, 'worker');
      expect(await one(scene, later as Job)).toMatchObject(released);
      await scene.expectRestored();
      await scene.remove();
    },
    200_000,
  );
});
