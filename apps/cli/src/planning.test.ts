import { awsError, faults } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alice, type Cli, cli } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

test('what AWS does not let anybody look at is asked about, and denied by what needs no look', async () => {
  it.sandbox.intercept({ before: ({ operation }) => (operation === 'GetUser' ? faults.denied() : undefined) });
  const contained = await it.run(['contain', alice], { answer: true });
  expect(it.questions).toEqual([`Contain ${alice}?`]);
  expect(contained.err).toContain('It could not be looked at. What needs no look can be done all the same.');
  expect(contained.code).toBe(1);
  expect(it.mutations()).toContain('iam:PutUserPolicy');
});

test('nobody is asked about what could not be begun', async () => {
  it.sandbox.intercept({
    before: ({ service }) =>
      service === 'iam' ? awsError('ExpiredToken', 'The security token included in the request is expired') : undefined,
  });
  const contained = await it.run(['contain', alice], { answer: true });
  expect([contained.code, it.questions, it.mutations()]).toEqual([1, [], []]);
  expect(contained.out).toContain('Sign in again');
});
