import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { faults } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, alice, app, type Cli, cli } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

/** Damages the record of an entity: the open one, or those that have ended. */
function damage(which: 'open' | 'records', arn: string): void {
  const files = readdirSync(join(it.folder, 'ledger', which), { recursive: true, withFileTypes: true });
  for (const entry of files.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path, 'utf8');
    if (content.includes(`"arn": "${arn}"`)) writeFileSync(path, content.replace('"state"', '"STATE"'));
  }
}

test('without --verify AWS is not asked, and nothing is said of it', async () => {
  await it.run(['contain', alice, '--yes']);
  it.sandbox.clearCalls();
  expect((await it.run(['status'])).code).toBe(0);
  expect((await it.run(['status', alice])).code).toBe(0);
  const { json } = await it.run(['status', '--json']);
  expect(json.records).toHaveLength(1);
  expect(json.records[0]).not.toHaveProperty('verification');
  expect(json).not.toHaveProperty('failures');
  expect((await it.run(['status', alice, '--json'])).json.record).not.toHaveProperty('verification');
  expect(it.sandbox.calls).toEqual([]);
});

test('--verify looks at each, and ends with 1 where one of them is not as wanted', async () => {
  await it.run(['contain', alice, app, '--yes']);
  const verified = async () => {
    const { code, json } = await it.run(['status', '--verify', '--json']);
    const each = json.records.map(({ arn, verification }: { arn: string; verification: { verified: boolean } }) => [
      arn,
      verification.verified,
    ]);
    return [code, Object.fromEntries(each)];
  };
  expect(await verified()).toEqual([0, { [alice]: true, [app]: true }]);
  const admin = it.sandbox.as(`admin:${account}`);
  const AccessKeyId = admin.run(new ListAccessKeysCommand({ UserName: 'alice' })).AccessKeyMetadata?.[0]?.AccessKeyId;
  admin.run(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId, Status: 'Active' }));
  expect(await verified()).toEqual([1, { [alice]: false, [app]: true }]);
});

test('what cannot be looked at is not verified, which is said, and hides no other', async () => {
  await it.run(['contain', alice, app, '--yes']);
  it.sandbox.intercept({ before: ({ operation }) => (operation === 'GetUser' ? faults.denied() : undefined) });
  const { code, json } = await it.run(['status', '--verify', '--json']);
  const of = (arn: string) => json.records.find((record: { arn: string }) => record.arn === arn).verification;
  expect(code).toBe(1);
  expect(of(alice)).toEqual({ verified: false, text: expect.stringContaining('iam:GetUser') });
  expect(of(app)).toMatchObject({ verified: true });
});

test('a record that is damaged ends with 1, and hides no other', async () => {
  await it.run(['contain', alice, app, '--yes']);
  damage('open', alice);
  const { code, json, out } = await it.run(['status', '--json']);
  expect([code, json.failures]).toEqual([1, [expect.objectContaining({ code: 'damaged' })]]);
  expect(json.records.map(({ arn }: { arn: string }) => arn)).toEqual([app]);
  expect(out).not.toContain('report it');
  const verified = await it.run(['status', '--verify']);
  expect([verified.code, verified.out]).toEqual([1, expect.stringContaining(app)]);
});

test('what was kept of one entity is not shown for another, nor in place of a record that is damaged', async () => {
  for (const arn of [alice, app]) {
    await it.run(['contain', arn, '--yes']);
    await it.run(['release', arn, '--yes', '--keep', 'mark']);
  }
  expect((await it.run(['status', app])).out).toContain(app);
  const role = `arn:aws:iam::${account}:role/worker`;
  const other = await it.run(['status', role]);
  expect([other.code, other.err]).toEqual([2, expect.stringContaining(`${role} has no open record`)]);
  damage('records', alice);
  const kept = await it.run(['status', app]);
  expect([kept.code, kept.out]).toEqual([0, expect.stringContaining('Still in place, as asked with --keep')]);
  const list = await it.run(['status']);
  expect([list.code, list.out]).toEqual([1, expect.stringMatching(/damaged[\s\S]*kept .*role\/app/)]);
  await it.run(['contain', app, '--yes']);
  damage('open', app);
  const damaged = await it.run(['status', app]);
  expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining('is damaged')]);
});
