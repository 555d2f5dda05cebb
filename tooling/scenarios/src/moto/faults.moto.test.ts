import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '@entity-lockdown/core';
import { type Faults, type Moto, type ProxiedRequest, startFaultProxy, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atATime, named } from './at-a-time.ts';
import { type Lockdown, lockdown } from './lockdown.ts';
import { containing, releasing, type Scene, setScene } from './scene.ts';
import type { LockdownSettings } from './settings.ts';
import { expectShutOut } from './shut-out.ts';
import type { EntityType } from './worlds.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

const types: readonly EntityType[] = ['user', 'role', 'function', 'instance'];

/** Entity Lockdown behind a proxy that disturbs it. */
async function behind<T>(
  faults: Faults,
  { settings }: Scene,
  more: Partial<LockdownSettings>,
  run: (disturbed: Lockdown) => Promise<T>,
): Promise<T> {
  const proxy = await startFaultProxy(moto.endpoint, faults);
  try {
    return await run(await lockdown({ ...settings, endpoint: proxy.endpoint, ...more }));
  } finally {
    await proxy.stop();
  }
}

const isWrite = ({ action, method }: ProxiedRequest): boolean =>
  action === '' ? method !== 'GET' : !/^(?:Get|List|Describe|AssumeRole)/.test(action);

/** The writes to AWS of a containment and of its release, when nobody disturbs them. */
async function undisturbed(type: EntityType): Promise<readonly [contain: readonly string[], release: readonly string[]]> {
  const scene = await setScene(moto.endpoint, type);
  const writes: string[][] = [];
  for (const job of [containing(scene.world), releasing(scene.world)]) {
    const seen: string[] = [];
    await (await lockdown(scene.settings, (to, what) => to === 'aws' && seen.push(what))).run(job);
    writes.push(seen);
  }
  await scene.remove();
  const [contain = [], release = []] = writes;
  return [contain, release];
}

/** Does something to the n-th write that takes effect. */
function atWrite(count: number, then: () => Promise<'cut' | number> | 'cut' | number): Faults {
  let writes = 0;
  return {
    after: (request, status) => (status < 300 && isWrite(request) && ++writes === count ? then() : undefined),
  };
}

function expectDone({ record }: Progress, state: 'contained' | 'released'): void {
  expect(record).toMatchObject({ state, failures: [] });
}

describe.each(types)('the writes of a containment and a release of a %s', (type) => {
  test('took effect, and their answers were lost: contained, then released', async () => {
    const [contain, release] = await undisturbed(type);
    const counts = Array.from({ length: Math.max(contain.length, release.length) }, (_, index) => index + 1);
    await atATime(4, counts, (count) =>
      named(`the answer of write ${count} was lost`, async () => {
        const scene = await setScene(moto.endpoint, type);
        const lost = atWrite(count, () => (count % 2 === 0 ? 'cut' : 500));
        // The SDK makes no second attempt, which would hide the loss.
        const single = { maxAttempts: 1 };
        await behind(lost, scene, single, async (disturbed) => {
          const progress = await disturbed.run(containing(scene.world));
          expectDone(progress, 'contained');
        });
        await expectShutOut[type](scene.world);
        const lostAgain = atWrite(count, () => (count % 2 === 0 ? 500 : 'cut'));
        await behind(lostAgain, scene, single, async (disturbed) =>
          expectDone(await disturbed.run(releasing(scene.world)), 'released'),
        );
        await scene.expectRestored();
        await scene.remove();
      }),
    );
  });

  test('took effect, and were answered too late: contained, then released', async () => {
    const scene = await setScene(moto.endpoint, type);
    const late = () => sleep(3_500).then(() => 'cut' as const);
    const impatient = { maxAttempts: 1, attemptMs: 3_000 };
    await behind(atWrite(1, late), scene, impatient, async (disturbed) =>
      expectDone(await disturbed.run(containing(scene.world)), 'contained'),
    );
    await expectShutOut[type](scene.world);
    await behind(atWrite(1, late), scene, impatient, async (disturbed) =>
      expectDone(await disturbed.run(releasing(scene.world)), 'released'),
    );
    await scene.expectRestored();
    await scene.remove();
  });

  test('throttled, most of them twice: contained, then released', async () => {
    const scene = await setScene(moto.endpoint, type);
    const tries = new Map<string, number>();
    const throttle: Faults = {
      before(request) {
        const attempt = (tries.get(request.action + request.path + request.body) ?? 0) + 1;
        tries.set(request.action + request.path + request.body, attempt);
        return isWrite(request) && attempt <= 2 ? { status: 400, code: 'Throttling', message: 'Rate exceeded' } : undefined;
      },
    };
    const single = { maxAttempts: 1 };
    await behind(throttle, scene, single, async (disturbed) =>
      expectDone(await disturbed.run(containing(scene.world)), 'contained'),
    );
    await expectShutOut[type](scene.world);
    tries.clear();
    await behind(throttle, scene, single, async (disturbed) =>
      expectDone(await disturbed.run(releasing(scene.world)), 'released'),
    );
    await scene.expectRestored();
    await scene.remove();
  });

  test('denied, one action after the other: partial, with the action named and every other cut made; later completed', async () => {
    const [contain] = await undisturbed(type);
    await atATime(4, [...new Set(contain)], (action) =>
      named(`${action} denied`, async () => {
        const scene = await setScene(moto.endpoint, type);
        const done = new Set<string>();
        const denied: Faults = {
          before: (request) =>
            isWrite(request) && actionOf(request) === action
              ? { status: 403, code: 'AccessDenied', message: 'not authorized' }
              : undefined,
          after(request, status) {
            if (status < 300 && isWrite(request)) done.add(actionOf(request));
            return undefined;
          },
        };
        await behind(denied, scene, {}, async (disturbed) => {
          const { record } = await disturbed.run(containing(scene.world));
          if (cutsNothingOff.has(action)) {
            expect(record.state).toBe('contained');
            expect(record.warnings.map(({ text }) => text).join()).toContain(action);
          } else {
            expect(record.state).toBe('partial');
            expect(record.failures.map((failure) => failure.action?.split(':')[1])).toContain(action);
          }
        });
        const others = contain.filter((other) => other !== action && !(needs[other] ?? []).includes(action));
        expect([...done]).toEqual(expect.arrayContaining([...new Set(others)]));
        expectDone(await (await lockdown(scene.settings)).run(containing(scene.world)), 'contained');
        await expectShutOut[type](scene.world);
        expectDone(await (await lockdown(scene.settings)).run(releasing(scene.world)), 'released');
        await scene.expectRestored();
        await scene.remove();
      }),
    );
  });
});

/** Lambda's protocol names no action: the path does. */
function actionOf({ action, method, path }: ProxiedRequest): string {
  if (action !== '') return action;
  if (path.includes('/provisioned-concurrency')) return `${method === 'PUT' ? 'Put' : 'Delete'}ProvisionedConcurrencyConfig`;
  if (path.includes('/concurrency')) return `${method === 'PUT' ? 'Put' : 'Delete'}FunctionConcurrency`;
  return path.includes('/event-source-mappings') ? 'UpdateEventSourceMapping' : path;
}

const cutsNothingOff: ReadonlySet<string> = new Set(['TagUser', 'TagRole', 'ModifyInstanceAttribute']);

/** What cannot be done before something else is. */
const needs: { readonly [action: string]: readonly string[] } = {
  AuthorizeSecurityGroupIngress: ['CreateSecurityGroup'],
  RevokeSecurityGroupEgress: ['CreateSecurityGroup'],
  ModifyNetworkInterfaceAttribute: ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupEgress'],
};
