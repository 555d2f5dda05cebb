import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, expect, test } from 'vitest';
import { type Actor, createSandbox, iamOf, type Sandbox } from '../index.ts';

const account = '111122223333';
const UserName = 'alice';
const RoleName = 'app';
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

let sandbox: Sandbox;
let admin: Actor;

beforeEach(() => {
  sandbox = createSandbox({
    accounts: [{ id: account }, { id: '444455556666', partition: 'aws-us-gov' }],
    now: () => 0,
    checkAnswers: true,
  });
  admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateUserCommand({ UserName }));
  admin.run(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
});

function failure(run: () => unknown): { code?: string; message?: string; status?: number } {
  try {
    run();
  } catch (error) {
    return error as object;
  }
  return {};
}

function policy(name: string): string {
  return admin.run(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document })).Policy?.Arn ?? '';
}

test('an inline policy comes back as it was put, percent-encoded', () => {
  const PolicyDocument = `{ "Version": "2012-10-17",\n "Statement": [{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a(b)'!*"}] }`;
  admin.run(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  const answer = admin.run(new GetUserPolicyCommand({ UserName, PolicyName: 'p' }));
  expect(answer.PolicyDocument).toMatch(/^[A-Za-z0-9%._~-]+$/);
  expect(decodeURIComponent(answer.PolicyDocument ?? '')).toBe(PolicyDocument);
  admin.run(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }));
  expect(failure(() => admin.run(new GetUserPolicyCommand({ UserName, PolicyName: 'p' })))).toMatchObject({
    code: 'NoSuchEntity',
    status: 404,
  });
  expect(failure(() => admin.run(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }))).code).toBe('NoSuchEntity');
});

test('inline policies share one quota, in which white space does not count', () => {
  const denial = (Sid: string, space = ''): string =>
    `{${space}"Version":"2012-10-17","Statement":[{"Sid":"${Sid}","Effect":"Deny","Action":"*","Resource":"*"}]}`;
  const put = (PolicyName: string, Sid: string, space?: string) => () =>
    admin.run(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: denial(Sid, space) }));
  const frame = denial('').length;
  put('a', 'x'.repeat(1_000), ' '.repeat(3_000))();
  put('b', 'x'.repeat(2_048 - 1_000 - 2 * frame))();
  expect(failure(put('c', ''))).toMatchObject({ code: 'LimitExceeded', status: 409 });
  expect(failure(put('b', 'x'.repeat(2_048 - 1_000 - 2 * frame + 1))).code).toBe('LimitExceeded');
  put('b', '')();
  put('c', '')();
});

test('attaching is the same twice; the quota answers LimitExceeded', () => {
  iamOf(sandbox.world, account).limits.attachedPerRole = 2;
  const attach = (PolicyArn: string) => admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  attach(policy('one'));
  attach(denyAll);
  attach(denyAll);
  const two = policy('two');
  expect(failure(() => attach(two))).toMatchObject({
    code: 'LimitExceeded',
    status: 409,
    message: 'Cannot exceed quota for PoliciesPerRole: 2',
  });
  expect(admin.run(new ListAttachedRolePoliciesCommand({ RoleName })).AttachedPolicies).toEqual([
    { PolicyName: 'one', PolicyArn: `arn:aws:iam::${account}:policy/one` },
    { PolicyName: 'AWSDenyAll', PolicyArn: denyAll },
  ]);
  admin.run(new DetachRolePolicyCommand({ RoleName, PolicyArn: denyAll }));
  expect(failure(() => admin.run(new DetachRolePolicyCommand({ RoleName, PolicyArn: denyAll }))).code).toBe('NoSuchEntity');
  expect(failure(() => attach('arn:aws:iam::aws:policy/None')).code).toBe('NoSuchEntity');
  expect(failure(() => attach('AWSDenyAll')).code).toBe('InvalidInput');
});

test('ten for a user by default, twenty for a role', () => {
  const arns = Array.from({ length: 21 }, (_, at) => policy(`p${at}`));
  for (const PolicyArn of arns.slice(0, 10)) admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  expect(failure(() => admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: denyAll }))).code).toBe('LimitExceeded');
  for (const PolicyArn of arns.slice(0, 20)) admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(failure(() => admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: denyAll }))).code).toBe('LimitExceeded');
});

test('a boundary needs no place among the attached, and replaces the one before', () => {
  iamOf(sandbox.world, account).limits.attachedPerRole = 0;
  const put = (PermissionsBoundary: string) =>
    admin.run(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
  const edge = policy('edge');
  put(edge);
  put(denyAll);
  const boundary = () => admin.run(new GetRoleCommand({ RoleName })).Role?.PermissionsBoundary?.PermissionsBoundaryArn;
  expect(boundary()).toBe(denyAll);
  admin.run(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  expect(boundary()).toBeUndefined();
});

test('every list has its pages', () => {
  iamOf(sandbox.world, account).limits.pageSize = 2;
  for (const name of ['c', 'a', 'b'])
    admin.run(new PutRolePolicyCommand({ RoleName, PolicyName: name, PolicyDocument: document }));
  const first = admin.run(new ListRolePoliciesCommand({ RoleName }));
  expect(first).toMatchObject({ PolicyNames: ['a', 'b'], IsTruncated: true });
  expect(admin.run(new ListRolePoliciesCommand({ RoleName, Marker: first.Marker }))).toEqual({
    PolicyNames: ['c'],
    IsTruncated: false,
  });
  expect(failure(() => admin.run(new ListRolePoliciesCommand({ RoleName, Marker: 'nonsense' }))).code).toBe('ValidationError');
  for (const name of ['x', 'y', 'z']) admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: policy(name) }));
  const page = admin.run(new ListAttachedUserPoliciesCommand({ UserName, MaxItems: 1 }));
  expect(page.AttachedPolicies).toHaveLength(1);
  expect(page.IsTruncated).toBe(true);
});

test('versions of a managed policy', () => {
  const PolicyArn = policy('p');
  const add = (SetAsDefault: boolean) =>
    admin.run(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document.replace('s3', 'ec2'), SetAsDefault }))
      .PolicyVersion;
  expect(add(true)).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
  for (let at = 0; at < 3; at += 1) add(false);
  expect(failure(() => add(false)).code).toBe('LimitExceeded');
  expect(failure(() => admin.run(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))).code).toBe('DeleteConflict');
  admin.run(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v3' }));
  // A version's number is never used again.
  expect(add(false)?.VersionId).toBe('v6');
  expect(admin.run(new ListPolicyVersionsCommand({ PolicyArn })).Versions?.map(({ VersionId }) => VersionId)).toEqual([
    'v1',
    'v2',
    'v4',
    'v5',
    'v6',
  ]);
  const { PolicyVersion } = admin.run(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toContain('ec2:*');
  admin.run(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(admin.run(new GetPolicyCommand({ PolicyArn })).Policy?.DefaultVersionId).toBe('v1');
  for (const VersionId of ['v2', 'v4', 'v5', 'v6']) {
    expect(failure(() => admin.run(new DeletePolicyCommand({ PolicyArn }))).code).toBe('DeleteConflict');
    admin.run(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  }
  admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  expect(failure(() => admin.run(new DeletePolicyCommand({ PolicyArn }))).code).toBe('DeleteConflict');
  admin.run(new DetachUserPolicyCommand({ UserName, PolicyArn }));
  admin.run(new DeletePolicyCommand({ PolicyArn }));
  expect(failure(() => admin.run(new GetPolicyCommand({ PolicyArn }))).code).toBe('NoSuchEntity');
});

test('policies of AWS are there from the start, in each partition, and belong to nobody', () => {
  for (const name of [
    'AWSDenyAll',
    'AdministratorAccess',
    'ReadOnlyAccess',
    'AWSCompromisedKeyQuarantineV2',
    'AWSCompromisedKeyQuarantineV3',
  ])
    expect(admin.run(new GetPolicyCommand({ PolicyArn: `arn:aws:iam::aws:policy/${name}` })).Policy?.PolicyName).toBe(name);
  const gov = sandbox.as('admin:444455556666');
  expect(gov.run(new GetPolicyCommand({ PolicyArn: 'arn:aws-us-gov:iam::aws:policy/AWSDenyAll' })).Policy?.PolicyName).toBe(
    'AWSDenyAll',
  );
  expect(failure(() => gov.run(new GetPolicyCommand({ PolicyArn: denyAll }))).code).toBe('NoSuchEntity');
  const change = new CreatePolicyVersionCommand({ PolicyArn: denyAll, PolicyDocument: document, SetAsDefault: true });
  expect(failure(() => admin.run(change)).code).toBe('AccessDenied');
  const local = policy('p');
  expect(admin.run(new ListPoliciesCommand({ Scope: 'Local' })).Policies?.map(({ Arn }) => Arn)).toEqual([local]);
});

test('who uses a policy', () => {
  admin.run(new CreateGroupCommand({ GroupName: 'staff' }));
  const PolicyArn = policy('p');
  admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  admin.run(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn }));
  admin.run(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn }));
  const attached = admin.run(new ListEntitiesForPolicyCommand({ PolicyArn }));
  expect(attached).toMatchObject({ PolicyUsers: [{ UserName }], PolicyGroups: [{ GroupName: 'staff' }], PolicyRoles: [] });
  const bounded = admin.run(new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' }));
  expect(bounded).toMatchObject({ PolicyUsers: [], PolicyRoles: [{ RoleName }] });
  expect(admin.run(new GetPolicyCommand({ PolicyArn })).Policy).toMatchObject({
    AttachmentCount: 2,
    PermissionsBoundaryUsageCount: 1,
  });
  expect(failure(() => admin.run(new DeleteGroupCommand({ GroupName: 'staff' }))).code).toBe('DeleteConflict');
});

test.each([
  ['{', 'Syntax errors in policy.'],
  ['{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}', 'Syntax errors in policy.'],
  [
    '{"Statement":{"Effect":"Allow","Action":"nothing","Resource":"*"}}',
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  ['{"Statement":{"Effect":"Allow","Action":"*"}}', 'Policy statement must contain resources.'],
  [
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}',
    'Policy document should not specify a principal.',
  ],
  ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"thing"}}', 'Resource must be in ARN format or "*".'],
])('a document that is none is refused: %s', (PolicyDocument, message) => {
  const put = () => admin.run(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
  expect(failure(put)).toMatchObject({ code: 'MalformedPolicyDocument', message });
  expect(failure(() => admin.run(new GetRolePolicyCommand({ RoleName, PolicyName: 'p' }))).code).toBe('NoSuchEntity');
});
