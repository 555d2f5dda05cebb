import { expect, test } from 'vitest';
import { resourceEntity } from './resource.ts';

const place = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };

test.each<[string, string, string, string]>([
  ['Instance', 'i-0123456789abcdef0', 'instance', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0'],
  [
    'AwsEc2Instance',
    'arn:aws:ec2:us-east-1:444455556666:instance/i-99999999',
    'instance',
    'arn:aws:ec2:us-east-1:444455556666:instance/i-99999999',
  ],
  ['AWS::EC2::Instance', 'i-99999999', 'instance', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-99999999'],
  ['EC2_INSTANCE', 'i-99999999', 'instance', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-99999999'],
  [
    'AwsLambdaFunction',
    'arn:aws:lambda:eu-west-1:111122223333:function:worker:live',
    'function',
    'arn:aws:lambda:eu-west-1:111122223333:function:worker:live',
  ],
  ['AWS::Lambda::Function', 'worker', 'function', 'arn:aws:lambda:eu-west-1:111122223333:function:worker'],
  ['AwsIamUser', 'arn:aws:iam::111122223333:user/team/alice', 'user', 'arn:aws:iam::111122223333:user/team/alice'],
  ['AWS::IAM::User', 'alice', 'user', 'arn:aws:iam::111122223333:user/alice'],
  ['AwsIamRole', 'arn:aws:iam::111122223333:role/team/app', 'role', 'arn:aws:iam::111122223333:role/team/app'],
  ['AwsIamRole', 'app', 'role', 'arn:aws:sts::111122223333:assumed-role/app'],
  ['AwsIamAccessKey', 'arn:aws:iam::111122223333:user/alice', 'user', 'arn:aws:iam::111122223333:user/alice'],
  ['AWS::IAM::AccessKey', 'arn:aws:sts::111122223333:assumed-role/app/x', 'role', 'arn:aws:sts::111122223333:assumed-role/app/x'],
])('%s %s', (type, id, kind, arn) => {
  expect(resourceEntity({ type, id, place, part: 'actor' })).toMatchObject({ kind: 'reference', type: kind, part: 'actor', arn });
});

test.each<[string, string, RegExp]>([
  ['AwsEc2Instance', 'i-xyz', /Find its ARN/],
  ['AwsEc2Instance', 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1', /Find its ARN/],
  ['AwsEc2Instance', 'arn:aws:ec2:eu-west-1::instance/i-99999999', /Find its ARN/],
  ['AwsIamRole', 'arn:aws:iam::111122223333:role/[hidden]', /Find its ARN/],
  ['AwsIamUser', 'arn:aws:iam::111122223333:role/app', /Find its ARN/],
  ['AwsS3Bucket', 'arn:aws:s3:::bucket', /ContainS3Resource/],
  ['AwsEksCluster', 'x', /network policy/],
  ['AwsSqsQueue', 'arn:aws:sqs:eu-west-1:111122223333:q', /CloudTrail/],
  ['constructor', 'x', /CloudTrail/],
  ['AwsIamAccessKey', 'AWS::IAM::AccessKey:ASIAIOSFODNN7EXAMPLE', /CloudTrail/],
])('%s %s is unsupported, and it is said what to do', (type, id, instead) => {
  expect(resourceEntity({ type, id, place, part: 'unknown' })).toMatchObject({
    kind: 'unsupported',
    instead: expect.stringMatching(instead),
  });
});

test('without a place, an id is no ARN', () => {
  expect(resourceEntity({ type: 'Instance', id: 'i-99999999', place: undefined, part: 'actor' }).kind).toBe('unsupported');
});
