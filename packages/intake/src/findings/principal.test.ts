import { expect, test } from 'vitest';
import { type Principal, principalEntity } from './principal.ts';

const place = { partition: 'aws-us-gov', region: 'us-gov-west-1', account: '111122223333' };
const arnOf = (principal: Principal, where: typeof place | undefined = place): unknown => {
  const entity = principalEntity(principal, where, 'actor');
  return entity.kind === 'reference' ? entity.arn : entity.kind;
};

test.each<[string, Principal, string]>([
  ['an IAM user', { userType: 'IAMUser', name: 'alice' }, 'arn:aws-us-gov:iam::111122223333:user/alice'],
  ['a user by its id', { principalId: 'AIDACKCEVSQ6C2EXAMPLE', name: 'alice' }, 'arn:aws-us-gov:iam::111122223333:user/alice'],
  [
    'a user by a key of long standing',
    { keyId: 'AKIAIOSFODNN7EXAMPLE', name: 'alice' },
    'arn:aws-us-gov:iam::111122223333:user/alice',
  ],
  [
    'the role of a session',
    { userType: 'AssumedRole', principalId: 'AROACKCEVSQ6C2EXAMPLE:i-0123456789abcdef0', name: 'app' },
    'arn:aws-us-gov:sts::111122223333:assumed-role/app/i-0123456789abcdef0',
  ],
  [
    'a role by its id',
    { principalId: 'AROACKCEVSQ6C2EXAMPLE:x/y', name: 'app' },
    'arn:aws-us-gov:sts::111122223333:assumed-role/app',
  ],
  ['a role', { userType: 'Role', name: 'app' }, 'arn:aws-us-gov:sts::111122223333:assumed-role/app'],
])('%s is a reference, without its path', (_name, principal, arn) => {
  expect(arnOf(principal)).toBe(arn);
  expect(principalEntity(principal, place, 'actor')).toMatchObject({ part: 'actor', pathUnknown: true });
});

test.each<[string, Principal, RegExp]>([
  ['the root user', { userType: 'Root', name: 'Root' }, /service control policy/],
  ['the root user by its id', { principalId: '111122223333', name: 'Root' }, /service control policy/],
  ['a federated user', { userType: 'FederatedUser', name: 'bob' }, /GetFederationToken/],
  ['a user from outside', { userType: 'WebIdentityUser', name: 'bob' }, /role that it assumed/],
  ['a user of Identity Center', { userType: 'IdentityCenterUser', name: 'bob' }, /Disable the user/],
  ['another account', { userType: 'AWSAccount', name: '444455556666' }, /another|policy of the resource/],
  ['a service', { userType: 'AWSService', name: 'ec2.amazonaws.com' }, /for whom the service acted/],
  ['a type that is not known', { userType: 'constructor', name: 'bob' }, /CloudTrail/],
  ['a temporary key of nobody knows whom', { keyId: 'ASIAIOSFODNN7EXAMPLE', name: 'bob' }, /CloudTrail/],
  ['a user without a name', { userType: 'IAMUser', keyId: 'AKIAIOSFODNN7EXAMPLE' }, /get-access-key-last-used/],
  ['a name that none can have', { userType: 'IAMUser', name: 'a/b' }, /get-access-key-last-used/],
  ['a role without a name', { userType: 'AssumedRole' }, /sessionIssuer/],
])('%s is no reference, and it is said what to do', (_name, principal, instead) => {
  const entity = principalEntity(principal, place, 'actor');
  expect(entity).toMatchObject({
    kind: 'unsupported',
    part: 'actor',
    why: expect.any(String),
    instead: expect.stringMatching(instead),
  });
});

test('without an account there is no ARN', () => {
  expect(principalEntity({ userType: 'IAMUser', name: 'alice' }, undefined, 'actor').kind).toBe('unsupported');
});
