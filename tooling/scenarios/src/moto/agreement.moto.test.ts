import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { type Moto, startMoto } from '@entity-lockdown/moto';
import { testClock } from '@entity-lockdown/plugin-testkit';
import { createSandbox } from '@entity-lockdown/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runner } from '../harness.ts';
import { type Account, accountAt, region, responder } from './account.ts';
import { dump } from './dump.ts';
import { lockdown } from './lockdown.ts';
import { outline } from './outline.ts';
import { planted } from './planted.ts';
import { containing, releasing } from './scene.ts';
import { expectShutOut } from './shut-out.ts';
import { type EntityType, type World, worldOf } from './worlds.ts';

let moto: Moto;
let folder: string;
beforeAll(async () => {
  moto = await startMoto();
  folder = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
});
afterAll(async () => {
  await moto.stop();
  await rm(folder, { recursive: true });
});

interface Story {
  readonly before: object;
  readonly during: object;
  readonly after: object;
}

async function told(
  world: World,
  run: { contain(): Promise<string>; release(): Promise<string> },
  type: EntityType,
): Promise<Story> {
  const before = outline(await dump(world.account));
  expect(await run.contain()).toBe('contained');
  await expectShutOut[type](world);
  const during = outline(await dump(world.account));
  expect(await run.release()).toBe('released');
  return { before, during, after: outline(await dump(world.account)) };
}

async function onMoto(type: EntityType, account: string): Promise<Story> {
  const world = await worldOf[type](await accountAt(moto.endpoint, account));
  const place = join(folder, account);
  const run = await lockdown({
    endpoint: moto.endpoint,
    region,
    ledger: { folder: place },
    roleName: responder,
    externalId: planted.externalId,
    clockFile: `${place}-clock`,
  });
  return await told(
    world,
    {
      contain: async () => (await run.run(containing(world))).record.state,
      release: async () => (await run.run(releasing(world))).record.state,
    },
    type,
  );
}

async function inSandbox(type: EntityType, id: string): Promise<Story> {
  const clock = testClock();
  const sandbox = createSandbox({ now: () => clock.now(), accounts: [{ id }] });
  const config = { region, credentials: sandbox.credentials(`admin:${id}`) };
  const account: Account = {
    endpoint: 'https://sandbox.invalid',
    id,
    region,
    iam: sandbox.createClient(IAMClient, config),
    ec2: sandbox.createClient(EC2Client, config),
    lambda: sandbox.createClient(LambdaClient, config),
    // The sandbox has no queues, and its mappings need none.
    createQueue: async () => undefined,
    settle: async () => clock.turn(120_000),
  };
  const world = await worldOf[type](account);
  // Instances run, mappings are enabled or disabled.
  await account.settle();
  const run = runner({ sandbox, clock, as: `admin:${id}`, region });
  const more = world.options === undefined ? {} : { options: world.options };
  const settled = async (state: Promise<string>): Promise<string> => {
    const said = await state;
    await account.settle();
    return said;
  };
  return await told(
    world,
    {
      contain: () => settled(run.contain(world.arn, more).then(({ record }) => record.state)),
      release: () => settled(run.release(world.arn).then(({ record }) => record.state)),
    },
    type,
  );
}

test.each(['user', 'role', 'function', 'instance'] satisfies EntityType[])(
  'the sandbox and moto agree on a %s before, while and after it is contained',
  async (type) => {
    const account = { user: '300000000001', role: '300000000002', function: '300000000003', instance: '300000000004' }[type];
    const [sandbox, server] = [await inSandbox(type, account), await onMoto(type, account)];
    expect(withoutIds(sandbox.before)).toEqual(withoutIds(server.before));
    expect(withoutIds(sandbox.during)).toEqual(withoutIds(server.during));
    expect(sandbox.during).not.toEqual(sandbox.before);
    expect(sandbox.after).toEqual(sandbox.before);
    expect(server.after).toEqual(server.before);
  },
);

/** Ids that each makes up, by what they are ids of. */
function withoutIds(story: object): object {
  return JSON.parse(
    JSON.stringify(story)
      .replaceAll(/\b(i|eni|sg|vpc|subnet)-[0-9a-f]{8,17}\b/g, '$1-ID')
      .replaceAll(/(EntityLockdown-MARK-)[0-9a-f]{16}/g, '$1HASH'),
  );
}
