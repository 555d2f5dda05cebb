import { TagUserCommand } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { answerTo, groupsOf, instance, lambda, type Organization, organization, profile, role, user } from './organization.ts';

/** Two teams that know nothing of each other: each has its own ledger. */
function teams(of: Organization) {
  const theirs = new Map<string, string>();
  return { ours: of.process(), theirs: of.process({ objects: theirs }) };
}

const code = 'marked-by-another-ledger';

describe.each([
  ['a user', (of: Organization) => user(of, 'alice')],
  ['a role', (of: Organization) => role(of, 'app')],
  [
    'an instance',
    (of: Organization) => {
      role(of, 'web');
      return instance(of, profile(of, 'web'));
    },
  ],
])('%s that two ledgers contain', (_, make) => {
  test('the release of either asks, and what is put back in the order of their coming is as it was', async () => {
    const of = organization();
    const arn = make(of);
    const before = of.sandbox.dump();
    const { ours, theirs } = teams(of);
    expect((await ours.contain(arn)).record.state).toBe('contained');
    const second = await theirs.contain(arn);
    expect(second.record.state).toBe('contained');
    expect(second.record.warnings.map(({ text }) => text).join()).toContain('the mark of another ledger');
    const closed = of.sandbox.dump();

    for (const team of [ours, theirs]) {
      const asked = await team.release(arn);
      expect(asked.record).toMatchObject({ state: 'release-blocked', failures: [{ code }] });
      expect(of.sandbox.dump()).toEqual(closed);
    }
    // Who came last goes first: what it had read was the first one's doing.
    expect((await theirs.release(arn, { force: true })).record.state).toBe('released');
    expect((await ours.release(arn)).record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  });
});

test('a release that was asked about is contained again by the next containment', async () => {
  const of = organization();
  const arn = user(of, 'alice');
  const { ours, theirs } = teams(of);
  await ours.contain(arn);
  await theirs.contain(arn);
  expect((await ours.release(arn)).record.state).toBe('release-blocked');
  expect((await ours.contain(arn)).record.state).toBe('contained');
});

test('the mark of another ledger that somebody forged does not keep an entity from being contained', async () => {
  const of = organization();
  const arn = user(of, 'alice');
  of.run(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'entity-lockdown:forged000000', Value: 'contained' }] }));
  const before = of.sandbox.dump();
  const { ours } = teams(of);
  expect((await ours.contain(arn)).record.state).toBe('contained');
  expect(await answerTo(of, arn)).not.toBe('allowed');
  expect((await ours.release(arn)).record.failures[0]?.code).toBe(code);
  expect(await answerTo(of, arn)).not.toBe('allowed');
  expect((await ours.release(arn, { force: true })).record.state).toBe('released');
  expect(of.sandbox.dump()).toEqual(before);
});

test('what is kept is not asked about', async () => {
  const of = organization();
  const arn = role(of, 'app');
  const { ours, theirs } = teams(of);
  const { record } = await ours.contain(arn);
  await theirs.contain(arn);
  const keep = record.targets.filter(({ marked }) => marked !== true);
  expect((await ours.release(arn, { keep })).record.state).toBe('released');
  expect(await answerTo(of, arn)).toBe('denied');
});

test('a function whose role another ledger contains: release asks before the role is opened', async () => {
  const of = organization();
  const app = role(of, 'app');
  const etl = lambda(of, 'etl', app);
  const { ours, theirs } = teams(of);
  await ours.contain(etl);
  await theirs.contain(app);
  const closed = of.sandbox.dump();
  expect((await ours.release(etl)).record.failures[0]?.code).toBe(code);
  expect(of.sandbox.dump()).toEqual(closed);
});

test('an instance that another ledger isolated stays isolated', async () => {
  const of = organization();
  const web = instance(of);
  const { ours, theirs } = teams(of);
  await ours.contain(web);
  await theirs.contain(web);
  const isolated = groupsOf(of, web);
  await ours.release(web);
  expect(groupsOf(of, web)).toEqual(isolated);
});
