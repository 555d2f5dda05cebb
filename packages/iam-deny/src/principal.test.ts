import { describe, expect, test } from 'vitest';
import { knownPrincipals, principalKind, principalOn, uneditable } from './principal.ts';

describe('principalOn', () => {
  test.each([
    ['arn:aws:iam::111122223333:role/app', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws:iam::111122223333:role/team/ops/app', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws-cn:iam::111122223333:user/x/alice', 'arn:aws-cn:iam::111122223333:user/alice'],
    ['arn:aws:sts::111122223333:assumed-role/app/session', 'arn:aws:iam::111122223333:role/app'],
    ['arn:aws-us-gov:sts::111122223333:assumed-role/app', 'arn:aws-us-gov:iam::111122223333:role/app'],
  ])('%s', (arn, on) => {
    expect(principalOn(arn)).toBe(on);
  });

  test.each([
    'arn:aws:iam::111122223333:group/admins',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/team/',
    'arn:aws:iam::111122223333:root',
    'arn:aws:sts::111122223333:federated-user/bob',
    'arn:aws:lambda:us-east-1:111122223333:function:role/app',
    'arn:aws:sts::111122223333:role/app',
    'arn:aws:sts::111122223333:user/alice',
    'arn:aws:iam::111122223333:assumed-role/app/session',
    'app',
  ])('not of %s', (arn) => {
    expect(() => principalOn(arn)).toThrow(/not (the|an) ARN/);
  });

  test('the kind', () => {
    expect(principalKind('arn:aws:iam::111122223333:user/a/b')).toBe('user');
    expect(principalKind('arn:aws:sts::111122223333:assumed-role/b/c')).toBe('role');
  });
});

test('principals are known by the deny settings alone, each once', () => {
  const role = 'arn:aws:iam::111122223333:role/app';
  expect(
    knownPrincipals([
      { setting: 'iam.principal.inline-deny', on: role },
      { setting: 'iam.role.conditional-deny', on: `${role}#arn:aws:ec2:us-east-1:111122223333:instance/i-1` },
      { setting: 'lambda.function.concurrency', on: 'arn:aws:lambda:us-east-1:111122223333:function:f' },
      { setting: 'iam.role.conditional-managed-deny', on: 'arn:aws:iam::111122223333:role/narrow#arn:aws:ec2:x' },
      { setting: 'iam.principal.mark', on: 'arn:aws:iam::111122223333:role/old' },
    ]),
  ).toEqual([role, 'arn:aws:iam::111122223333:role/narrow', 'arn:aws:iam::111122223333:role/old']);
});

describe('roles that only AWS may edit', () => {
  test.each([
    'arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    'arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/other',
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/other',
    'arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/x',
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
    'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com',
  ])('%s', (arn) => {
    expect(uneditable(arn)).toEqual({ refused: expect.any(String), instead: expect.any(String) });
  });

  test.each([
    'arn:aws:iam::111122223333:role/service-role/app',
    'arn:aws:iam::111122223333:role/x/aws-service-role/app',
    'arn:aws:iam::111122223333:user/aws-service-role/alice',
  ])('but not %s', (arn) => {
    expect(uneditable(arn)).toBeUndefined();
  });
});
