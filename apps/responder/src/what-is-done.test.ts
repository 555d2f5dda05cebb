import { ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { makeInstance, makeUser } from './testing/entities.ts';
import { account, minutes, type Scene, sceneOf } from './testing/scene.ts';

/** The items under a heading of the first mail of a kind. */
function under(of: Scene, kind: string, heading: string): readonly string[] {
  const body = of.mails.find(({ attributes }) => attributes.kind === kind)?.body ?? '';
  const [, after] = body.split(`\n${heading}\n`);
  return after?.split('\n\n')[0]?.split('\n') ?? [];
}

test('contained: what keeps the evidence and was denied is not among what is done', async () => {
  const of = sceneOf(makeInstance, {
    fault: ({ operation }) => (operation === 'ModifyInstanceAttribute' ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(5 * minutes);
  expect((await of.record())?.state).toBe('contained');
  const done = under(of, 'contained', 'Done, and read back').join('\n');
  expect(done).toContain('Let no traffic to or from');
  expect(done).not.toContain('Protect the instance');
  const body = of.mails.at(-1)?.body ?? '';
  expect(body).not.toContain('nothing is left to do');
  expect(under(of, 'contained', 'What containment does not stop').join('\n')).toContain('from being terminated: not done');
});

test('partial: what was denied and could not be looked at is not among what is done', async () => {
  const of = sceneOf(makeUser, {
    fault: ({ operation }) => (/^(GetUser|PutUserPolicy)$/.test(operation) ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(5 * minutes);
  expect((await of.record())?.state).toBe('partial');
  expect(of.mails.at(-1)?.attributes.kind).toBe('partial');
  expect(of.mails.at(-1)?.body).not.toContain('Deny everything');
});

test('partial: what was written and could not be looked at is told as that', async () => {
  const of = sceneOf(makeUser, { fault: ({ operation }) => (operation === 'GetUser' ? faults.denied() : undefined) });
  of.ask();
  await of.run(5 * minutes);
  expect(under(of, 'partial', 'Written, and not read back')).toEqual([
    '  - Deny everything to the user victim by an inline policy',
  ]);
});

test('partial: what somebody sets back again and again is named as that, and is not among what is done', async () => {
  const of = sceneOf(makeUser);
  const { run } = of.admin(account);
  const { AccessKeyMetadata: [key] = [] } = run(new ListAccessKeysCommand({ UserName: 'victim' }));
  const setBack = new UpdateAccessKeyCommand({ UserName: 'victim', AccessKeyId: key?.AccessKeyId, Status: 'Active' });
  of.sandbox.intercept({
    after({ operation, caller }) {
      if (operation === 'UpdateAccessKey' && caller.includes('EntityLockdown')) run(setBack);
      return undefined;
    },
  });
  of.ask();
  await of.run(15 * minutes);
  expect(under(of, 'partial', 'What is wrong').join('\n')).toContain(
    `still not as wanted: Make the access key ${key?.AccessKeyId} inactive.`,
  );
  const done = under(of, 'partial', 'Done, and read back').join('\n');
  expect(done).toContain('Attach AWSDenyAll');
  expect(done).not.toContain('Make the access key');
});
