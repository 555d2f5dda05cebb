import { arnOf } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { resolve } from './resolve.ts';

const of = (text: string) => resolve({ text, arn: arnOf(text) });

test.each([
  ['aws', 'eu-west-1', 'i-0123456789abcdef0'],
  ['aws', 'us-east-1', 'i-1a2b3c4d'],
  ['aws-cn', 'cn-north-1', 'i-0123456789abcdef0'],
  ['aws-us-gov', 'us-gov-west-1', 'i-0123456789abcdef0'],
])('an instance in %s %s', (partition, region, id) => {
  const arn = `arn:${partition}:ec2:${region}:111122223333:instance/${id}`;
  expect(of(arn)).toEqual({
    key: `${partition}:111122223333:${region}:${id}`,
    arn,
    partition,
    account: '111122223333',
    region,
    name: id,
  });
});

describe('refused, with what to use', () => {
  test.each([
    ['arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-0123', /a network interface/, /describe-network-interfaces/],
    ['arn:aws:ec2:eu-west-1:111122223333:volume/vol-0123', /a volume/, /describe-volumes/],
    ['arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0123', /a security group/, /group-id/],
    ['arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123', /a VPC/, /vpc-id/],
    ['arn:aws:ec2:eu-west-1::image/ami-0123', /an image/, /image-id/],
    ['arn:aws:ec2:eu-west-1:111122223333:reserved-instances/x', /reserved-instances/, /instance\/i-/],
    ['arn:aws:ec2:eu-west-1:111122223333:constructor/x', /another resource/, /instance\/i-/],
    ['arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789ABCDEF0', /lower case/, /describe-instances/],
    ['arn:aws:ec2:eu-west-1:111122223333:instance/i-123', /8 or 17 digits/, /describe-instances/],
    ['arn:aws:ec2:eu-west-1:111122223333:instance/i-1a2b3c4d/x', /8 or 17 digits/, /describe-instances/],
    ['arn:aws:ec2:eu-west-1:111122223333:instance/*', /8 or 17 digits/, /describe-instances/],
    ['arn:aws:ec2::111122223333:instance/i-1a2b3c4d', /a Region and an account/, /REGION/],
    ['arn:aws:ec2:eu-west-1::instance/i-1a2b3c4d', /a Region and an account/, /ACCOUNT/],
    ['arn:aws:ec2:cn-north-1:111122223333:instance/i-1a2b3c4d', /partition aws-cn/, /Check/],
    ['arn:aws-cn:ec2:eu-west-1:111122223333:instance/i-1a2b3c4d', /partition aws,/, /Check/],
  ])('%s', (arn, refused, instead) => {
    expect(of(arn)).toMatchObject({ refused: expect.stringMatching(refused), instead: expect.stringMatching(instead) });
  });
});
