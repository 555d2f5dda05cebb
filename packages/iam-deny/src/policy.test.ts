import { expect, test } from 'vitest';
import {
  conditionalDenyName,
  conditionalManagedDenyArn,
  denyEverything,
  denyToSource,
  inlineDenyName,
  isDocument,
  sourceOf,
} from './policy.ts';

const instance = 'arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0';
const lambda = 'arn:aws:lambda:us-east-1:111122223333:function:app';
const encoded = (document: unknown, space?: number): string => encodeURIComponent(JSON.stringify(document, null, space));

test('the conditions name one source', () => {
  expect(JSON.stringify(denyToSource(instance))).toContain(`"ArnEquals":{"ec2:SourceInstanceARN":"${instance}"}`);
  expect(JSON.stringify(denyToSource(lambda))).toContain(`"ArnEquals":{"lambda:SourceFunctionArn":"${lambda}"}`);
});

test.each([
  'arn:aws:ec2:us-east-1:111122223333:instance/*',
  'arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1',
  `${lambda}:live`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's policy variable
  'arn:aws:lambda:us-east-1:111122223333:function:${aws:username}',
  'arn:aws:lambda:us-east-1:111122223333:function:a?',
  'arn:aws:s3:::bucket',
  'arn:aws:rds:us-east-1:111122223333:instance/i-0123456789abcdef0',
  'arn:aws:ec2:us-east-1:111122223333:function:app',
])('no condition is made of %s', (source) => {
  expect(() => denyToSource(source)).toThrow('neither the ARN of an instance');
});

test('the source is behind the role, and without one there is none', () => {
  expect(sourceOf(`arn:aws:iam::111122223333:role/app#${instance}`)).toBe(instance);
  expect(() => sourceOf('arn:aws:iam::111122223333:role/app')).toThrow('no source ARN');
});

test('names fit IAM, and differ by source and role', () => {
  expect(inlineDenyName('abcdefghijkl')).toBe('EntityLockdown-abcdefghijkl');
  const names = [instance, lambda].map((source) => conditionalDenyName('abcdefghijkl', source));
  expect(new Set(names).size).toBe(2);
  const arns = ['a', 'b'].map((role) =>
    conditionalManagedDenyArn('abcdefghijkl', `arn:aws-cn:iam::111122223333:role/${role}#${instance}`),
  );
  expect(new Set(arns).size).toBe(2);
  for (const arn of arns) expect(arn).toMatch(/^arn:aws-cn:iam::111122223333:policy\/EntityLockdown-abcdefghijkl-[0-9a-f]{16}$/);
});

test('a document is ours whatever its spacing and the order of its keys', () => {
  expect(isDocument(encoded(denyEverything), denyEverything)).toBe(true);
  expect(isDocument(encoded(denyEverything, 2), denyEverything)).toBe(true);
  const reordered = { Statement: [{ Resource: '*', Effect: 'Deny', Action: '*' }], Version: '2012-10-17' };
  expect(isDocument(encoded(reordered), denyEverything)).toBe(true);
});

test('a document is not ours when anything else is in it', () => {
  const twice = JSON.stringify(denyEverything).replace('{', '{"Statement":[],');
  for (const other of [
    undefined,
    '',
    '%',
    'no json',
    encoded({ Version: '2012-10-17', Statement: [] }),
    encoded(denyToSource(instance)),
    encodeURIComponent(twice),
  ])
    expect(isDocument(other, denyEverything)).toBe(false);
  // As long as ours, and another.
  const nearly = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: 'x' }] };
  expect(isDocument(encoded(nearly), denyEverything)).toBe(false);
  const sibling = instance.replace('0123', '3210');
  expect(isDocument(encoded(denyToSource(sibling)), denyToSource(instance))).toBe(false);
});
