import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Moto, startFaultProxy, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newAccount, region, responder } from './account.ts';
import { dump } from './dump.ts';
import { planted } from './planted.ts';
import { expectShutOut } from './shut-out.ts';
import { type EntityType, type World, worldOf } from './worlds.ts';

let moto: Moto;
let home: string;
let ledger: string;
let externalId: string;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'entity-lockdown-'));
  ledger = join(home, 'ledger');
  externalId = join(home, 'external-id');
  await writeFile(externalId, planted.externalId);
  return () => rm(home, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const binary = fileURLToPath(new URL('../../../../apps/cli/bin/lockdown.js', import.meta.url));

/** Begins a run of the built command on its own ledger, in the role that is in each account. */
function begin(endpoint: string, ...args: readonly string[]): { kill(): void; readonly ended: Promise<Ended> } {
  return start(...args, '--endpoint-url', endpoint, '--ledger', `file:${ledger}`, '--role-name', responder);
}

/** Begins a run of the built command, as a responder with keys in the environment has it. */
function start(...args: readonly string[]): { kill(): void; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [binary, ...args, '--external-id-file', externalId], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: region,
      NODE_COMPILE_CACHE: join(tmpdir(), 'entity-lockdown-compile-cache'),
    },
  });
  const ended = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'exit') as Promise<[number | null]>]).then(
    ([out, err, [code]]) => {
      expect(out + err).not.toMatch(/^ {4}at /m);
      return { code, out, err };
    },
  );
  return { kill: () => child.kill('SIGKILL'), ended };
}

const lockdown = (...args: readonly string[]): Promise<Ended> => begin(moto.endpoint, ...args).ended;

async function worldAndDump(type: EntityType): Promise<{ readonly world: World; readonly before: object }> {
  const world = await worldOf[type](await newAccount(moto.endpoint));
  return { world, before: await dump(world.account) };
}

describe('the built command, over HTTP', () => {
  test('asks the responder through its topic; the secret arrives, and is printed nowhere', async () => {
    const root = { endpoint: moto.endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const sns = new SNSClient(root);
    const sqs = new SQSClient(root);
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'requests' }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'arrived' }));
    const Endpoint = `${TopicArn.replace(':sns:', ':sqs:').replace(/requests$/, 'arrived')}`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));

    const alice = 'arn:aws:iam::111122223333:user/alice';
    const where = ['--endpoint-url', moto.endpoint, '--yes', '--json'];
    const asked = await start('request', alice, '--topic', TopicArn, '--reason', 'key on GitHub', ...where).ended;
    expect(asked).toMatchObject({ code: 0 });
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    expect(Messages).toHaveLength(1);
    const arrived = JSON.parse(Messages?.[0]?.Body ?? '');
    const text = (Value: string) => ({ Type: 'String', Value });
    expect(arrived.MessageAttributes).toEqual({
      Arn: text(alice),
      ExternalId: text(planted.externalId),
      Reason: text('key on GitHub'),
    });
    expect(arrived.Message).not.toContain(planted.externalId);
    expect(JSON.parse(asked.out).entities).toMatchObject([{ arn: alice, outcome: 'requested', message: arrived.MessageId }]);
    expect(asked.out + asked.err).not.toContain(planted.externalId);

    const nowhere = await start('request', alice, '--topic', `${TopicArn}-2`, ...where).ended;
    expect(nowhere.code).toBe(1);
    expect(JSON.parse(nowhere.out).entities[0].error.code).toBe('no-such-topic');
  });

  test('plans without a change, contains, shows and releases', async () => {
    const { world, before } = await worldAndDump('user');
    expect(await lockdown('plan', world.arn)).toMatchObject({ code: 0 });
    expect(await dump(world.account)).toEqual(before);
    expect(await readdir(home)).not.toContain('ledger');

    const contained = await lockdown('contain', world.arn, '--yes', '--json');
    expect(contained).toMatchObject({ code: 0 });
    expect(() => JSON.parse(contained.out)).not.toThrow();
    await expectShutOut.user(world);
    expect((await lockdown('status')).out).toContain(world.arn);

    expect(await lockdown('release', world.arn, '--yes')).toMatchObject({ code: 0 });
    expect(await dump(world.account)).toEqual(before);
  });

  test('two at once for two incidents; the first release says with 4 who still holds it', async () => {
    const { world, before } = await worldAndDump('role');
    const both = await Promise.all(
      ['one', 'two'].map((incident) => lockdown('contain', world.arn, '--yes', '--incident', incident)),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const first = await lockdown('release', world.arn, '--yes', '--incident', 'one');
    expect(first.code).toBe(4);
    expect(first.out + first.err).toContain('two');
    await expectShutOut.role(world);
    expect(await lockdown('release', world.arn, '--yes', '--incident', 'two')).toMatchObject({ code: 0 });
    expect(await dump(world.account)).toEqual(before);
  });

  test('killed after its second write, run again: contained at once', async () => {
    const { world, before } = await worldAndDump('instance');
    let writes = 0;
    const proxy = await startFaultProxy(moto.endpoint, {
      after({ action }) {
        if (!/^(?:Get|List|Describe|AssumeRole)/.test(action) && ++writes === 2) killed.kill();
        return undefined;
      },
    });
    const command = ['contain', world.arn, '--yes', '--dwell', '1'] as const;
    const killed = begin(proxy.endpoint, ...command);
    expect(await killed.ended).toMatchObject({ code: null });
    await proxy.stop();
    const from = performance.now();
    expect(await lockdown(...command)).toMatchObject({ code: 0 });
    // A lease, which nobody waits for, is thirty seconds and five for the skew of clocks.
    expect(performance.now() - from).toBeLessThan(30_000);
    await expectShutOut.instance(world);
    expect(await lockdown('release', world.arn, '--yes')).toMatchObject({ code: 0 });
    expect(await dump(world.account)).toEqual(before);
  });

  test('what is not there is refused with a word, and nothing is left of the attempt', async () => {
    const { world, before } = await worldAndDump('role');
    const arn = `arn:aws:iam::${world.account.id}:role/team/web/ap`;
    const ended = await lockdown('contain', arn, '--yes');
    expect(ended.code).not.toBe(0);
    expect(ended.out + ended.err).toContain(arn);
    expect(await dump(world.account)).toEqual(before);
  });

  test('denied one action: 1, with the action named; run again without the denial: 0', async () => {
    const { world, before } = await worldAndDump('user');
    const proxy = await startFaultProxy(moto.endpoint, {
      before: ({ action }) =>
        action === 'UpdateAccessKey' ? { status: 403, code: 'AccessDenied', message: 'not authorized' } : undefined,
    });
    const partial = await begin(proxy.endpoint, 'contain', world.arn, '--yes').ended;
    await proxy.stop();
    expect(partial.code).toBe(1);
    expect(partial.out + partial.err).toContain('iam:UpdateAccessKey');
    expect(await lockdown('contain', world.arn, '--yes')).toMatchObject({ code: 0 });
    await expectShutOut.user(world);
    expect(await lockdown('release', world.arn, '--yes')).toMatchObject({ code: 0 });
    expect(await dump(world.account)).toEqual(before);
  });

  test('nobody answers: a word, and no record', async () => {
    const { world } = await worldAndDump('role');
    const ended = await begin('http://127.0.0.1:9', 'contain', world.arn, '--yes').ended;
    expect([1, 2]).toContain(ended.code);
    expect(ended.out + ended.err).toMatch(/endpoint|reach/i);
    expect((await lockdown('status')).out).not.toContain(world.arn);
  });
});
