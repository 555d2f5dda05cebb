import { expect, test } from 'vitest';
import { makeFunction, makeInstance, makeRole, makeUser, withoutWaits } from './testing/entities.ts';
import { simulation } from './testing/simulation.ts';

test.each([
  ['user', makeUser],
  ['role', makeRole],
  ['function', makeFunction],
  ['instance', makeInstance],
] as const)('%s', async (_, make) => {
  const of = simulation();
  withoutWaits(of.sandbox, '111122223333');
  const arn = make(of.admin('111122223333'), '111122223333', 'victim');
  of.publish({ body: JSON.stringify({ arn, reason: 'stolen' }) });
  await of.run(600_000);
  console.log(of.mails.map(({ at, subject, body }) => `${at} ${subject}\n${body}`).join('\n-----\n'));
  console.log(
    of.invocations
      .filter(({ kind }) => kind !== 'sweep')
      .map(({ kind, calls, startedAt, endedAt, ended }) => `${kind} ${ended} ${(endedAt ?? 0) - startedAt} ${calls.join(' ')}`)
      .join('\n'),
  );
  console.log(
    [...of.counted],
    [...of.times],
    of.logged.filter((l) => !l.startsWith('["info"')),
  );
  expect(of.mails.map(({ attributes }) => attributes.kind)).toEqual(['started', 'contained']);
});
