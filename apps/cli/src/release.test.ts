import {
  CreateAccessKeyCommand,
  ListAccessKeysCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { faults } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, alice, app, type Cli, cli, type How, type Ran, region, worker } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

const admin = () => it.sandbox.as(`admin:${account}`);
const keys = () => admin().run(new ListAccessKeysCommand({ UserName: 'alice' })).AccessKeyMetadata ?? [];
const recordOf = async (arn: string): Promise<string> => (await it.run(['status', arn, '--json'])).json.record.record;

test('--keep leaves a change in place, by a part of its name', async () => {
  await it.run(['contain', alice, '--yes']);
  const [key] = keys();
  const ran = await it.run(['release', alice, '--yes', '--keep', key?.AccessKeyId ?? '']);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain('as asked with --keep');
  expect(keys()[0]?.Status).toBe('Inactive');
});

test('what was kept is listed and shown until it is taken back, with how', async () => {
  const before = it.sandbox.dump();
  const [key] = keys();
  const kept = { setting: 'iam.access-key.status', on: `arn:aws:iam::${account}:user/alice#${key?.AccessKeyId}` };
  await it.run(['contain', alice, '--yes']);
  const record = await recordOf(alice);
  expect((await it.run(['status', '--json'])).json.kept).toEqual([]);
  const way = `To take it back: lockdown contain ${alice}, then lockdown release ${alice} without --keep.`;
  const ran = await it.run(['release', alice, '--yes', '--keep', key?.AccessKeyId ?? '']);
  expect(ran.out.replaceAll(/\s+/g, ' ')).toContain(way);

  const list = await it.run(['status']);
  expect(list.out).toContain('No open record');
  expect(list.out).toMatch(new RegExp(`^kept +2026-11-24T\\S+Z +${record} +${alice}$`, 'm'));
  expect(list.out.replaceAll(/\s+/g, ' ')).toContain(way);
  const { json } = await it.run(['status', '--json']);
  expect(json.records).toEqual([]);
  expect(json.kept).toMatchObject([{ arn: alice, record, state: 'released', changes: [{ ...kept, released: 'kept' }] }]);
  for (const target of [record, alice]) {
    const one = await it.run(['status', target]);
    expect(one.out.replaceAll(/\s+/g, ' ')).toMatch(/Kept Still in place, as asked with --keep: .* To take it back: /);
    expect((await it.run(['status', target, '--json'])).json.record.kept).toMatchObject([kept]);
  }

  // Kept once more: it is in place once.
  await it.run(['contain', alice, '--yes']);
  expect((await it.run(['status', '--json'])).json.kept).toEqual([]);
  expect((await it.run(['status', record, '--json'])).json.record.kept).toBeUndefined();
  await it.run(['release', alice, '--yes', '--keep', key?.AccessKeyId ?? '']);
  expect((await it.run(['status', '--json'])).json.kept).toHaveLength(1);

  await it.run(['contain', alice, '--yes']);
  await it.run(['release', alice, '--yes']);
  expect(it.sandbox.dump()).toEqual(before);
  const after = await it.run(['status']);
  expect(after.out).not.toContain('kept');
  expect((await it.run(['status', alice])).code).toBe(2);
});

test('a release says when to look again, and with what: nothing looks by itself, but for a responder', async () => {
  await it.run(['contain', alice, '--yes']);
  const ran = await it.run(['release', alice, '--yes', '--json']);
  const [{ record, next }] = ran.json.entities;
  const at = String(next.at).replace(/\.\d+Z$/, 'Z');
  const command = ['status', record, '--verify'];
  const look = `From ${at} on, run lockdown ${command.join(' ')}: `;
  expect((await it.run(['status', record])).out.replaceAll(/\s+/g, ' ')).toContain(look);
  await it.run(['contain', app, '--yes']);
  expect((await it.run(['release', app, '--yes'])).out).toContain('  Last look  From ');
  const said = (await it.run(['status', record])).out.replaceAll(/\s+/g, ' ');
  expect(said).toContain('Nothing looks by itself, but for a responder that uses this ledger: its mail tells what came back.');
  await it.time.sleep(600_000);
  expect((await it.run(command)).code).toBe(0);
  // What came late is seen, with what to do about it.
  const [key] = keys();
  admin().run(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: key?.AccessKeyId ?? '', Status: 'Inactive' }));
  const seen = await it.run(command);
  expect(seen.code).toBe(1);
  expect(seen.out.replaceAll(/\s+/g, ' ')).toContain(`lockdown contain ${alice}, then lockdown release ${alice}.`);
  await it.run(['contain', alice, '--yes']);
  expect((await it.run(['release', alice, '--yes'])).code).toBe(0);
});

test('--keep that means several changes, or none, is an error that lists them', async () => {
  await it.run(['contain', alice, '--yes']);
  const contained = it.sandbox.dump();
  const several = await it.run(['release', alice, '--yes', '--keep', 'deny']);
  expect(several.code).toBe(2);
  expect(several.err).toMatch(/means 2 changes of record/);
  expect(several.err).toContain('iam.principal.inline-deny arn:aws:iam::111122223333:user/alice');
  const none = await it.run(['release', alice, '--yes', '--keep', 'nothing-like-that']);
  expect(none.code).toBe(2);
  expect(it.sandbox.dump()).toEqual(contained);
});

test('other incidents keep an entity contained, which is said with 4', async () => {
  const before = it.sandbox.dump();
  await it.run(['contain', alice, '--yes', '--incident', 'INC-1', '--reason', 'stolen key']);
  await it.run(['contain', alice, '--yes', '--incident', 'INC-2']);
  const contained = it.sandbox.dump();
  const unnamed = await it.run(['release', alice, '--yes']);
  expect(unnamed.code).toBe(4);
  expect(unnamed.err.replaceAll(/\s+/g, ' ')).not.toContain('which lets it go');
  // Nothing would be let go: nobody is asked whether it may be.
  expect((await it.run(['release', alice], { answer: true })).code).toBe(4);
  expect(it.questions).toEqual([]);
  expect(unnamed.out.replaceAll(/\s+/g, ' ')).toContain('held by incident INC-1, INC-2');
  const record = await recordOf(alice);
  for (const how of ['--incident INC-1', '--incident INC-2', '--all-holds'])
    expect(unnamed.out.replaceAll(/\s+/g, ' ')).toContain(`lockdown release ${record} ${how}`);
  const wrong = await it.run(['release', alice, '--yes', '--incident', 'INC-3']);
  expect(wrong.code).toBe(2);
  const first = await it.run(['release', alice, '--incident', 'INC-1'], { answer: true });
  expect(it.questions).toEqual([`Drop the hold of incident INC-1? ${alice} stays contained.`]);
  expect(first.code).toBe(4);
  expect(it.sandbox.dump()).toEqual(contained);
  expect((await it.run(['release', alice, '--yes'])).code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

test('one incident and all holds contradict one another: neither is released', async () => {
  await it.run(['contain', alice, '--yes', '--incident', 'INC-1']);
  const contained = it.sandbox.dump();
  const ran = await it.run(['release', alice, '--yes', '--incident', 'INC-1', '--all-holds']);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain('--incident and --all-holds were both given.');
  expect(it.sandbox.dump()).toEqual(contained);
});

test('--all-holds releases what several incidents hold, which is what is asked', async () => {
  const before = it.sandbox.dump();
  for (const incident of ['INC-1', 'INC-2']) await it.run(['contain', alice, '--yes', '--incident', incident]);
  const ran = await it.run(['release', alice, '--all-holds'], { answer: true });
  expect(it.questions).toEqual([`Release ${alice}?`]);
  expect(ran.code).toBe(0);
  // What becomes active again is shown only where AWS was looked at.
  expect(ran.err.replaceAll(/\s+/g, ' ')).toContain('A credential becomes active again: AKIA');
  expect(it.sandbox.dump()).toEqual(before);
});

test('several are asked about at once; --keep is for one alone', async () => {
  for (const arn of [alice, app]) await it.run(['contain', arn, '--yes']);
  const contained = it.sandbox.dump();
  const kept = await it.run(['release', alice, app, '--yes', '--keep', 'mark']);
  expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('--keep was given for several entities at once.')]);
  await it.run(['release', alice, app], { answer: false });
  expect(it.questions).toEqual(['Release these 2 entities?']);
  expect(it.sandbox.dump()).toEqual(contained);
});

test('a sole hold is released whatever its name, which is said before', async () => {
  await it.run(['contain', alice, '--yes', '--incident', 'INC 7']);
  await it.run(['release', alice], { answer: false });
  expect(it.questions).toEqual([`Release ${alice}, held by incident INC 7?`]);
  const ran = await it.run(['release', alice, '--yes']);
  expect(ran.err.replaceAll(/\s+/g, ' ')).toContain(`${alice} is held by incident INC 7 alone, which lets it go.`);
  expect(ran.out).toContain('Let go by  incident INC 7');
  expect(ran.code).toBe(0);
});

test('what is said by the question, by --incident, or by nobody else is not said beside it', async () => {
  const said = (ran: Ran) => ran.err.replaceAll(/\s+/g, ' ').includes('which lets it go');
  await it.run(['contain', alice, app, '--yes', '--incident', 'INC-7']);
  expect(said(await it.run(['release', alice], { answer: true }))).toBe(false);
  expect(said(await it.run(['release', app, '--yes', '--incident', 'INC-7']))).toBe(false);
  await it.run(['contain', worker, '--yes', '--incident', 'INC-7']);
  expect(said(await it.run(['release', worker, '--yes', '--all-holds']))).toBe(false);
  await it.run(['contain', worker, '--yes']);
  expect(said(await it.run(['release', worker, '--yes']))).toBe(false);
});

test('AWS is looked at before the release only where somebody is asked', async () => {
  const calls = async (how: How, ...more: readonly string[]) => {
    await it.run(['contain', alice, '--yes']);
    it.sandbox.clearCalls();
    expect((await it.run(['release', alice, ...more], how)).code).toBe(0);
    return it.sandbox.calls.filter(({ operation }) => operation === 'ListAccessKeys').length;
  };
  const asked = await calls({ answer: true });
  expect(await calls({}, '--yes')).toBe(asked - 1);
});

test('a hold that comes in place of the one that was seen is not dropped', async () => {
  await it.run(['contain', alice, '--yes', '--incident', 'INC-1']);
  const contained = it.sandbox.dump();
  const ran = await it.run(['release', alice], {
    answer: true,
    onQuestion: async () => {
      await it.run(['contain', alice, '--yes', '--incident', 'INC-2']);
      await it.run(['release', alice, '--yes', '--incident', 'INC-1']);
    },
  });
  expect(ran.code).toBe(4);
  expect(ran.out).toContain('STILL CONTAINED');
  expect(it.sandbox.dump()).toEqual(contained);
});

test('--all-holds releases whoever holds it', async () => {
  const before = it.sandbox.dump();
  for (const incident of ['INC-1', 'INC-2']) await it.run(['contain', alice, '--yes', '--incident', incident]);
  expect((await it.run(['release', alice, '--yes', '--all-holds'])).code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

test('what somebody changed meanwhile is shown before, left as it is, and put back by --force', async () => {
  const reserve = (ReservedConcurrentExecutions: number) =>
    admin().run(new PutFunctionConcurrencyCommand({ FunctionName: 'worker', ReservedConcurrentExecutions }), region);
  const before = it.sandbox.dump();
  await it.run(['contain', worker, '--yes']);
  reserve(7);
  const shown = await it.run(['release', worker], { answer: false });
  expect(shown.err).toContain('stays (changed)');
  expect(shown.err.replaceAll(/\s+/g, ' ')).toContain('somebody set it to 7; before the containment:');
  expect(shown.err.replaceAll(/\s+/g, ' ')).toContain('--force puts the original back all the same.');
  const released = await it.run(['release', worker, '--yes']);
  expect(released.code).toBe(4);
  expect(released.out).toContain('somebody changed it meanwhile');
  await it.run(['contain', worker, '--yes']);
  reserve(9);
  expect((await it.run(['release', worker, '--yes', '--force'])).code).toBe(0);
  reserve(7);
  expect(it.sandbox.dump()).not.toEqual(before);
});

test('where another ledger has marked it, that is said before, nothing is undone without --force, and the value of before is shown', async () => {
  const before = it.sandbox.dump();
  await it.run(['contain', alice, '--yes']);
  admin().run(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'entity-lockdown:abcdefghij01', Value: 'contained' }] }));
  const contained = it.sandbox.dump();
  const shown = await it.run(['release', alice], { answer: false });
  expect(shown.err.replaceAll(/\s+/g, ' ')).toContain('another ledger The mark of another ledger (abcdefghij01) is on it');
  const asked = await it.run(['release', alice, '--yes']);
  expect(asked.code).toBe(1);
  expect(asked.out.replaceAll(/\s+/g, ' ')).toMatch(/release \S+ --force/);
  expect(it.sandbox.dump()).toEqual(contained);
  expect((await it.run(['release', alice, '--yes', '--force'])).code).toBe(0);
  admin().run(new UntagUserCommand({ UserName: 'alice', TagKeys: ['entity-lockdown:abcdefghij01'] }));
  expect(it.sandbox.dump()).toEqual(before);
});

test("the attacker's new key stays inactive and is named", async () => {
  await it.run(['contain', alice, '--yes']);
  const made = admin().run(new CreateAccessKeyCommand({ UserName: 'alice' })).AccessKey?.AccessKeyId ?? '';
  expect((await it.run(['status', alice, '--verify'])).code).toBe(1);
  expect((await it.run(['contain', alice, '--yes'])).code).toBe(0);
  const released = await it.run(['release', alice, '--yes']);
  expect(released.out).toContain('it first appeared after the containment');
  expect(keys().find(({ AccessKeyId }) => AccessKeyId === made)?.Status).toBe('Inactive');
  expect(keys().filter(({ Status }) => Status === 'Active')).toHaveLength(1);
});

test('a role that another containment wants stays denied, which is said with 4', async () => {
  const role = `arn:aws:iam::${account}:role/worker`;
  const before = it.sandbox.dump();
  await it.run(['contain', worker, role, '--yes']);
  const ran = await it.run(['release', worker, '--yes']);
  expect(ran.code).toBe(4);
  expect(ran.out).toContain('another containment wants it');
  expect((await it.run(['release', role, '--yes'])).code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

test('a release that was blocked has no hold any more: whoever goes on with it is asked, whatever incident is named', async () => {
  const before = it.sandbox.dump();
  await it.run(['contain', alice, '--yes', '--incident', 'INC-1']);
  const allow = it.sandbox.intercept({
    before: ({ operation }) => (operation === 'DeleteUserPolicy' ? faults.denied() : undefined),
  });
  expect((await it.run(['release', alice, '--yes'])).code).toBe(1);
  allow();
  await it.run(['release', alice], { answer: false });
  expect(it.questions).toEqual([`Release ${alice}?`]);
  expect((await it.run(['release', alice, '--yes', '--incident', 'INC-1'])).code).toBe(0);
  expect(it.sandbox.dump()).toEqual(before);
});

test('--keep for what is not contained says that, and nothing else', async () => {
  const ran = await it.run(['release', app, '--yes', '--keep', 'mark']);
  expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('is not contained by this ledger')]);
  expect(ran.out + ran.err).not.toContain('report');
});

test('a record that was refused has nothing to release', async () => {
  const { json } = await it.run(['contain', `arn:aws:iam::${account}:user/nobody`, '--yes', '--json']);
  const ran = await it.run(['release', json.entities[0].record, '--yes']);
  expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('has ended: refused')]);
});

test('a record is released by its id, once; records that ended can still be looked at', async () => {
  await it.run(['contain', app, '--yes']);
  const record = await recordOf(app);
  expect((await it.run(['release', record, record, '--yes', '--json'])).json.entities).toHaveLength(1);
  const again = await it.run(['release', record, '--yes']);
  expect(again.code).toBe(2);
  expect(again.err).toContain('has ended: released');
  const status = await it.run(['status', record, '--verify']);
  expect(status.out).toContain('Verified');
  expect(status.out).toContain('Released: 3 put back and read back.');
  expect(status.code).toBe(0);
  expect((await it.run(['release', app, '--yes'])).code).toBe(2);
  expect((await it.run(['release', '0000000000000000-aaaaaaaa', '--yes'])).err).toContain('There is no record');
});

test('status --verify reads and does not write', async () => {
  await it.run(['contain', alice, '--yes']);
  expect((await it.run(['status', '--verify'])).code).toBe(0);
  const [key] = keys();
  admin().run(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: key?.AccessKeyId ?? '', Status: 'Active' }));
  it.sandbox.clearCalls();
  const ran = await it.run(['status', alice, '--verify']);
  expect(ran.code).toBe(1);
  expect(ran.out).toContain('Not verified');
  expect(it.mutations()).toEqual([]);
});
