import { type Arn, matchesArn, parseArn } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { manifest } from './manifest.ts';
import { resolve } from './resolve.ts';

const of = (text: string) => {
  const arn = parseArn(text) as Arn;
  expect(arn).not.toHaveProperty('fault');
  return resolve({ text, arn });
};

describe('one user, whatever the spelling', () => {
  test.each([
    ['arn:aws:iam::111122223333:user/alice', 'aws:111122223333:alice', 'arn:aws:iam::111122223333:user/alice'],
    ['arn:aws:iam::111122223333:user/team/ops/alice', 'aws:111122223333:alice', 'arn:aws:iam::111122223333:user/alice'],
    // A decoy: the path has the names of other users in it.
    ['arn:aws:iam::111122223333:user/bob/carol/alice', 'aws:111122223333:alice', 'arn:aws:iam::111122223333:user/alice'],
    [
      'arn:aws:iam::111122223333:user/a.b-c_d+e=f,g@h',
      'aws:111122223333:a.b-c_d+e=f,g@h',
      'arn:aws:iam::111122223333:user/a.b-c_d+e=f,g@h',
    ],
    ['arn:aws-cn:iam::111122223333:user/alice', 'aws-cn:111122223333:alice', 'arn:aws-cn:iam::111122223333:user/alice'],
    [
      'arn:aws-us-gov:iam::111122223333:user/x/alice',
      'aws-us-gov:111122223333:alice',
      'arn:aws-us-gov:iam::111122223333:user/alice',
    ],
    ['arn:aws-iso-b:iam::111122223333:user/alice', 'aws-iso-b:111122223333:alice', 'arn:aws-iso-b:iam::111122223333:user/alice'],
  ])('%s', (arn, key, on) => {
    expect(of(arn)).toEqual({
      key,
      arn,
      on,
      partition: arn.split(':')[1],
      account: '111122223333',
      region: '',
      name: on.slice(on.indexOf('/') + 1),
    });
  });
});

describe('refused, with what to do instead', () => {
  test.each([
    ['arn:aws:iam::111122223333:root', /root user/, /service control policy/],
    ['arn:aws:iam::111122223333:group/admins', /group/, /get-group/],
    ['arn:aws:iam::111122223333:mfa/alice', /MFA/, /user/],
    ['arn:aws:iam::111122223333:u2f/user/alice/x', /MFA/, /user/],
    ['arn:aws:sts::111122223333:federated-user/bob', /federated/, /GetFederationToken/],
    ['arn:aws:iam::111122223333:user/', /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:user/team/', /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:user/al*ce', /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:user/al:ice', /cannot be the name/, /ends in/],
    [`arn:aws:iam::111122223333:user/${'a'.repeat(65)}`, /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:user/é/alice', /path/, /leave the path out/],
    [`arn:aws:iam::111122223333:user/${'p'.repeat(511)}/alice`, /path/, /leave the path out/],
    ['arn:aws:iam:us-east-1:111122223333:user/alice', /not the ARN of an IAM user/, /such as/],
    ['arn:aws:iam:::user/alice', /not the ARN of an IAM user/, /such as/],
    ['arn:aws:s3:::user/alice', /not the ARN of an IAM user/, /such as/],
    ['arn:aws:sts::111122223333:user/alice', /not the ARN of an IAM user/, /such as/],
  ])('%s', (arn, refused, instead) => {
    expect(of(arn)).toEqual({ refused: expect.stringMatching(refused), instead: expect.stringMatching(instead) });
  });

  test('a long name is not repeated in full', () => {
    expect(JSON.stringify(of(`arn:aws:iam::111122223333:user/${'a'.repeat(1_900)}`)).length).toBeLessThan(600);
  });
});

test('the manifest asks for what resolve has a word on', () => {
  for (const arn of [
    'arn:aws-cn:iam::111122223333:user/x/alice',
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:group/admins',
    'arn:aws:sts::111122223333:federated-user/bob',
  ])
    expect(manifest.match.filter((pattern) => matchesArn(pattern, parseArn(arn) as Arn))).toHaveLength(1);
});
