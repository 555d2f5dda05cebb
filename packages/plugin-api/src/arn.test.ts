import { expect, test } from 'vitest';
import {
  arnOf,
  formatArn,
  iamName,
  iamRegion,
  isArnFault,
  isRegionOf,
  matchesArn,
  parseArn,
  partitionOfRegion,
  partOf,
  resourceOf,
} from './arn.ts';

test.each([
  'arn:aws:iam::111122223333:role/team/app',
  'arn:aws-us-gov:ec2:us-gov-west-1:111122223333:instance/i-0123456789abcdef0',
  'arn:aws-cn:lambda:cn-north-1:111122223333:function:worker:live',
  'arn:aws:s3:::bucket/key:with:colons',
])('an ARN is taken apart and put together again: %s', (text) => {
  const parsed = parseArn(text);
  expect(isArnFault(parsed)).toBe(false);
  expect(formatArn(arnOf(text))).toBe(text);
});

test.each([
  ['', /begins with "arn:"/],
  ['AKIAIOSFODNN7EXAMPLE', /begins with "arn:"/],
  ['ARN:aws:iam::111122223333:role/app', /begins with "arn:"/],
  ['arn:', /not an AWS partition/],
  ['arn:awsome:iam::111122223333:role/app', /"awsome" is not an AWS partition/],
  ['arn:aws:IAM::111122223333:role/app', /not the name of an AWS service/],
  ['arn:aws:ec2:europe:111122223333:instance/i-1', /not an AWS Region/],
  ['arn:aws:iam::1111-2222-3333:role/app', /not an account id/],
  ['arn:aws:iam::111122223333', /before the name of a resource/],
  ['arn:aws:iam::111122223333:', /before the name of a resource/],
  [' arn:aws:iam::111122223333:role/app', /white space/],
  ['arn:aws:iam::111122223333:role/app\n', /control characters/],
  ['arn:aws:iam::111122223333:role/\u202eapp', /invisible/],
  ['arn:aws:iam::111122223333:role/a\u200bpp', /invisible/],
  [`arn:aws:iam::111122223333:role/${'x'.repeat(2_048)}`, /no ARN is longer/],
])('nothing is trimmed or repaired: %j', (text, fault) => {
  expect(parseArn(text)).toEqual({ fault: expect.stringMatching(fault) });
});

test('an ARN of our own that is none is a defect, and thrown', () => {
  expect(() => arnOf('role/app')).toThrow(/not an ARN/);
});

test.each([
  ['arn:*:iam::*:role/*', 'arn:aws:iam::111122223333:role/team/app', true],
  ['arn:*:iam::*:role/*', 'arn:aws:iam::111122223333:user/alice', false],
  // A wildcard stays within its part, but for the resource.
  ['arn:*:ec2:*:*:*', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1', true],
  ['arn:*:111122223333:role/app', 'arn:aws:iam::111122223333:role/app', false],
  ['arn:aws:iam::111122223333:role/*admin', 'arn:aws:iam::111122223333:role/team/admin', true],
  ['arn:aws:iam::111122223333:role/*a*b', 'arn:aws:iam::111122223333:role/xaxb', true],
  ['arn:aws:iam::111122223333:role/*ab*b', 'arn:aws:iam::111122223333:role/ab', false],
  ['arn:aws:iam::111122223333:role/app', 'arn:aws:iam::111122223333:role/App', false],
  ['*', 'arn:aws:iam::111122223333:role/app', false],
])('the pattern %s and %s', (pattern, arn, fits) => {
  expect(matchesArn(pattern, arnOf(arn))).toBe(fits);
});

test('a pattern of many wildcards takes no time to speak of', () => {
  const began = performance.now();
  matchesArn(`arn:aws:iam::111122223333:role/${'*a'.repeat(500)}b`, arnOf(`arn:aws:iam::111122223333:role/${'a'.repeat(1_500)}`));
  expect(performance.now() - began).toBeLessThan(1_000);
});

test('what a target is on: the resource, and its part', () => {
  const on = 'arn:aws:iam::111122223333:user/alice#AKIAIOSFODNN7EXAMPLE';
  expect([resourceOf(on), partOf(on)]).toEqual(['arn:aws:iam::111122223333:user/alice', 'AKIAIOSFODNN7EXAMPLE']);
  expect([resourceOf('arn:x'), partOf('arn:x')]).toEqual(['arn:x', undefined]);
  expect(iamName('role/team/app')).toBe('app');
});

test.each([
  ['eu-west-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-east-1', 'aws-us-gov'],
  ['us-iso-west-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['eusc-de-east-1', 'aws-eusc'],
])('the Region %s is of the partition %s, and so is that of its IAM', (region, partition) => {
  expect(partitionOfRegion(region)).toBe(partition);
  expect(partitionOfRegion(iamRegion(partition, ''))).toBe(partition);
  expect(isRegionOf(partition, region)).toBe(true);
});

test('a Region is of its own partition alone; of a new partition it may be where no other has it', () => {
  expect(isRegionOf('aws', 'cn-north-1')).toBe(false);
  expect(isRegionOf('aws-cn', 'eu-west-1')).toBe(false);
  expect(isRegionOf('aws-new', 'new-west-1')).toBe(true);
  expect(isRegionOf('aws-new', 'cn-north-1')).toBe(false);
});
