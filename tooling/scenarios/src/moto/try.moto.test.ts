import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAccount, region, responder } from './account.ts';
import { dump } from './dump.ts';
import { lockdown } from './lockdown.ts';
import { runProcess } from './run-process.ts';
import { planted } from './secrets.ts';
import { type EntityType, worldOf } from './worlds.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
test.each(['user', 'role', 'function', 'instance'] satisfies EntityType[])('%s', async (type) => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'));
  const t0 = performance.now();
  const world = await worldOf[type](await newAccount(moto.endpoint));
  const before = await dump(world.account);
  const t1 = performance.now();
  const settings = {
    endpoint: moto.endpoint,
    region,
    ledger: { folder: join(folder, 'l') },
    roleName: responder,
    externalId: planted.externalId,
    clockFile: join(folder, 'clock'),
  };
  const writes: string[] = [];
  const run = lockdown(settings, (to, what) => writes.push(`${to} ${what}`));
  const c = await run.run({ do: 'contain', arn: world.arn, ...(world.options && { options: world.options }) });
  console.log(type, c.record.state, c.record.failures, c.record.warnings, writes, run.waited(), run.calls.length);
  const t2 = performance.now();
  const during = await dump(world.account);
  expect(during).not.toEqual(before);
  const e = await runProcess(settings, { do: 'release', target: world.arn });
  const t3 = performance.now();
  console.log(
    type,
    'world',
    t1 - t0,
    'contain',
    t2 - t1,
    'release',
    t3 - t2,
    e.code,
    e.said?.record?.state,
    e.said?.failure,
    e.said?.waited,
    e.output.slice(0, e.said ? 0 : 3000),
  );
  expect(await dump(world.account)).toEqual(before);
});
