import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { faults } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worst } from './exit-code.ts';
import { sideBySide } from './side-by-side.ts';
import { account, alice, app, type Cli, cli, worker } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('the worst of several exit codes counts', () => {
  expect(worst([])).toBe(0);
  expect(worst([0, 4])).toBe(4);
  expect(worst([2, 2])).toBe(2);
  // 2 says that nothing was touched.
  expect(worst([4, 2, 0])).toBe(1);
  expect(worst([2, 0])).toBe(1);
  expect(worst([2, 3])).toBe(3);
  expect(worst([3, 1, 4])).toBe(1);
  expect(worst([1, 130, 0])).toBe(130);
});

test('at most so many are worked on at a time, and the answers are in order', async () => {
  let now = 0;
  let most = 0;
  const answers = await sideBySide(
    Array.from({ length: 50 }, (_, at) => at),
    16,
    async (item) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, item % 3));
      now -= 1;
      return item * 2;
    },
  );
  expect(most).toBe(16);
  expect(answers[49]).toBe(98);
});

test('a failure of one stops no other; what was denied is named, and the next run goes on', async () => {
  const before = it.sandbox.dump();
  const allow = it.sandbox.intercept({
    before: ({ operation }) => (operation === 'PutRolePolicy' || operation === 'AttachRolePolicy' ? faults.denied() : undefined),
  });
  const ran = await it.run(['contain', app, alice, worker, '--yes', '--json']);
  expect(ran.code).toBe(1);
  const outcomes = Object.fromEntries(
    ran.json.entities.map(({ arn, outcome }: { arn: string; outcome: string }) => [arn, outcome]),
  );
  expect(outcomes).toEqual({ [app]: 'partial', [alice]: 'contained', [worker]: 'partial' });
  expect(ran.out).toContain('iam:PutRolePolicy');
  allow();
  expect((await it.run(['contain', app, worker, '--yes'])).code).toBe(0);
  expect((await it.run(['release', app, alice, worker, '--yes'])).code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

describe('a ledger in S3', () => {
  const bucket = 'lockdown-ledger';
  const ledger = ['--ledger', `s3://${bucket}/team/ir`];
  let s3: S3Client;
  beforeEach(() => {
    const credentials = it.sandbox.credentials(`admin:${account}`);
    s3 = it.sandbox.createClient(S3Client, { region: 'us-east-1', credentials });
    it.sandbox.as(`admin:${account}`).run(new CreateBucketCommand({ Bucket: bucket }));
  });

  test('does what the folder does', async () => {
    const ran = await it.run(['contain', app, '--yes', ...ledger]);
    expect(ran.code).toBe(0);
    const keys = (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents?.map(({ Key }) => Key ?? '') ?? [];
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.every((key) => key.startsWith('team/ir/'))).toBe(true);
    expect((await it.run(['status', ...ledger])).out).toContain(app);
    expect((await it.run(['release', app, '--yes', ...ledger])).code).toBe(0);
  });

  test('whatever stands in it, no control character of it reaches the terminal', async () => {
    await it.run(['contain', app, '--yes', ...ledger, '--reason', 'planted']);
    const found = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'team/ir/open/' }));
    const at = { Bucket: bucket, Key: found.Contents?.[0]?.Key ?? '' };
    const body = (await (await s3.send(new GetObjectCommand(at))).Body?.transformToString()) ?? '';
    // JSON's own escapes: what is parsed has the characters.
    const Body = body.replaceAll('planted', 'a\\u001b[2Jb\\u202ec\\u2028d').replaceAll('Attach', 'At\\u0007tach');
    await s3.send(new PutObjectCommand({ ...at, Body }));
    for (const argv of [
      ['status'],
      ['status', app],
      ['status', app, '--json'],
      ['contain', app, '--yes'],
      ['release', app, '--yes'],
    ]) {
      const ran = await it.run([...argv, ...ledger]);
      expect((ran.out + ran.err).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(ran.code).toBe(0);
    }
  });

  test('a bucket that is not there is a sentence', async () => {
    const ran = await it.run(['contain', app, '--yes', '--ledger', 's3://no-such-bucket']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('no such bucket');
    expect(it.mutations().filter((call) => !call.startsWith('s3:'))).toEqual([]);
  });
});
