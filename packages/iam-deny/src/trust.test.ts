import { expect, test } from 'vitest';
import { trustedBy } from './trust.ts';

const encoded = (Statement: unknown): string => encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement }));

test('who may assume a role', () => {
  expect(
    trustedBy(
      encoded([
        { Effect: 'Allow', Principal: { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'], AWS: 'arn:aws:iam::1:root' } },
        { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' } },
        { Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::2:root' } },
      ]),
    ),
  ).toEqual(['ec2.amazonaws.com', 'lambda.amazonaws.com', 'arn:aws:iam::1:root']);
  for (const one of ['*', 'somebody']) expect(trustedBy(encoded({ Effect: 'Allow', Principal: one }))).toEqual([one]);
});

test('what cannot be read names nobody', () => {
  for (const policy of [undefined, '', '%', 'null', encoded(null), encoded([7, { Effect: 'Allow' }])])
    expect(trustedBy(policy)).toEqual([]);
  // And does not hide who is named beside it.
  expect(trustedBy(encoded([null, { Effect: 'Allow', Principal: '*' }]))).toEqual(['*']);
});
