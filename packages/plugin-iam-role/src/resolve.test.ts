import { type Arn, matchesArn, parseArn } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { manifest } from './manifest.ts';
import { resolve } from './resolve.ts';

const of = (text: string) => {
  const arn = parseArn(text) as Arn;
  expect(arn).not.toHaveProperty('fault');
  return resolve({ text, arn });
};

describe('one role, whatever the spelling', () => {
  test.each([
    ['arn:aws:iam::111122223333:role/app', 'aws:111122223333:app', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws:iam::111122223333:role/service-role/app', 'aws:111122223333:app', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws:iam::111122223333:role/admin/web/app', 'aws:111122223333:app', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws-us-gov:iam::111122223333:role/app', 'aws-us-gov:111122223333:app', 'arn:aws-us-gov:iam::111122223333:role/app'],
  ])('%s', (arn, key, on) => {
    expect(of(arn)).toEqual({
      key,
      arn,
      on,
      partition: arn.split(':')[1],
      account: '111122223333',
      region: '',
      name: 'app',
    });
  });

  test('a session stands for its role, and says so', () => {
    expect(of('arn:aws-cn:sts::111122223333:assumed-role/app/alice@example.com')).toEqual({
      key: 'aws-cn:111122223333:app',
      arn: 'arn:aws-cn:iam::111122223333:role/app',
      on: 'arn:aws-cn:iam::111122223333:role/app',
      partition: 'aws-cn',
      account: '111122223333',
      region: '',
      name: 'app',
      pathUnknown: true,
      note: expect.stringContaining('All sessions of the role app are meant, not only alice@example.com'),
    });
    expect(of('arn:aws:sts::111122223333:assumed-role/app')).toMatchObject({ note: 'All sessions of the role app are meant.' });
  });

  test('for the session of an instance, the instance is offered', () => {
    expect(of('arn:aws:sts::111122223333:assumed-role/app/i-0123456789abcdef0')).toMatchObject({
      note: expect.stringContaining('contain the instance'),
    });
  });
});

describe('refused, with what to do instead', () => {
  test.each([
    ['arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS', /service-linked/, /service/],
    ['arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/x', /service-linked/, /service/],
    [
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
      /Identity Center/,
      /identitystore:UserId/,
    ],
    ['arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice', /Identity Center/, /disable the user/],
    ['arn:aws:sts::111122223333:assumed-role/aws:ec2-instance/i-0123456789abcdef0', /AWS itself/, /instance/],
    ['arn:aws:iam::111122223333:instance-profile/web', /instance profile/, /get-instance-profile/],
    ['arn:aws:iam::111122223333:policy/p', /policy/, /list-entities-for-policy/],
    ['arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com', /identity provider/, /trust/],
    ['arn:aws:iam::111122223333:role/', /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:role/a*p', /cannot be the name/, /ends in/],
    [`arn:aws:iam::111122223333:role/${'a'.repeat(65)}`, /cannot be the name/, /ends in/],
    ['arn:aws:sts::111122223333:assumed-role/team/app/session', /cannot be the name/, /ends in/],
    ['arn:aws:sts::111122223333:assumed-role/', /cannot be the name/, /ends in/],
    ['arn:aws:iam::111122223333:role/é/app', /path/, /get-role/],
    ['arn:aws:iam:::role/app', /not the ARN of an IAM role/, /such as/],
    [`arn:aws:iam::111122223333:role/${'p'.repeat(511)}/app`, /path/, /get-role/],
    ['arn:aws:iam:us-east-1:111122223333:role/app', /not the ARN of an IAM role/, /such as/],
    ['arn:aws:sts::111122223333:federated-user/bob', /not the ARN of an IAM role/, /such as/],
    ['arn:aws:sts::111122223333:role/app', /not the ARN of an IAM role/, /such as/],
    ['arn:aws:iam::111122223333:assumed-role/app/x', /not the ARN of an IAM role/, /such as/],
  ])('%s', (arn, refused, instead) => {
    expect(of(arn)).toEqual({ refused: expect.stringMatching(refused), instead: expect.stringMatching(instead) });
  });
});

test('the manifest asks for what resolve has a word on', () => {
  for (const arn of [
    'arn:aws:iam::111122223333:role/x/app',
    'arn:aws-cn:sts::111122223333:assumed-role/app/session',
    'arn:aws:iam::111122223333:instance-profile/web',
    'arn:aws:iam::111122223333:saml-provider/idp',
  ])
    expect(manifest.match.filter((pattern) => matchesArn(pattern, parseArn(arn) as Arn))).toHaveLength(1);
});
