import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, expect, test } from 'vitest';
import { type Actor, addIdentityCenterRole, createSandbox, type Sandbox } from '../index.ts';

const account = '111122223333';
const RoleName = 'app';
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

let sandbox: Sandbox;
let admin: Actor;

beforeEach(() => {
  sandbox = createSandbox({ accounts: [{ id: account }], now: () => 0, checkAnswers: true });
  admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateRoleCommand({ RoleName, Path: '/a/', AssumeRolePolicyDocument: trust, MaxSessionDuration: 7_200 }));
});

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

test('a role', () => {
  const { Role } = admin.run(new GetRoleCommand({ RoleName: 'APP' }));
  expect(Role).toMatchObject({
    RoleName,
    Arn: `arn:aws:iam::${account}:role/a/app`,
    MaxSessionDuration: 7_200,
    RoleLastUsed: {},
  });
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trust);
  expect(codeOf(() => admin.run(new CreateRoleCommand({ RoleName: 'App', AssumeRolePolicyDocument: trust })))).toBe(
    'EntityAlreadyExists',
  );
  expect(codeOf(() => admin.run(new CreateRoleCommand({ RoleName: 'b', AssumeRolePolicyDocument: document })))).toBe(
    'MalformedPolicyDocument',
  );
  expect(codeOf(() => admin.run(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: '{' })))).toBe(
    'MalformedPolicyDocument',
  );
  admin.run(new UpdateRoleCommand({ RoleName, Description: 'd', MaxSessionDuration: 3_600 }));
  expect(admin.run(new ListRolesCommand({ PathPrefix: '/a/' })).Roles).toMatchObject([
    { Description: 'd', MaxSessionDuration: 3_600 },
  ]);
});

test('roles of services and of IAM Identity Center may be read and not changed', () => {
  const AWSServiceName = 'autoscaling.amazonaws.com';
  const linked = admin.run(new CreateServiceLinkedRoleCommand({ AWSServiceName })).Role?.RoleName ?? '';
  const reserved = addIdentityCenterRole(sandbox.world, account, 'Admin');
  for (const name of [linked, reserved]) {
    expect(admin.run(new GetRoleCommand({ RoleName: name })).Role?.RoleName).toBe(name);
    for (const change of [
      new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument: document }),
      new AttachRolePolicyCommand({ RoleName: name, PolicyArn: denyAll }),
      new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary: denyAll }),
      new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: trust }),
      new TagRoleCommand({ RoleName: name, Tags: [] }),
      new DeleteRoleCommand({ RoleName: name }),
    ])
      expect(codeOf(() => admin.run(change))).toBe('UnmodifiableEntity');
  }
  expect(admin.run(new GetRoleCommand({ RoleName: reserved })).Role?.Path).toBe('/aws-reserved/sso.amazonaws.com/');
});

test('an instance profile has one role at most, and keeps it from being deleted', () => {
  const InstanceProfileName = 'web';
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName, Path: '/p/' }));
  admin.run(new CreateRoleCommand({ RoleName: 'other', AssumeRolePolicyDocument: trust }));
  const add = (name: string) => admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: name }));
  add(RoleName);
  expect(codeOf(() => add('other'))).toBe('LimitExceeded');
  const { InstanceProfile } = admin.run(new GetInstanceProfileCommand({ InstanceProfileName }));
  expect(InstanceProfile).toMatchObject({
    Arn: `arn:aws:iam::${account}:instance-profile/p/web`,
    Roles: [{ RoleName, Path: '/a/' }],
  });
  expect(admin.run(new ListInstanceProfilesForRoleCommand({ RoleName })).InstanceProfiles).toHaveLength(1);
  expect(codeOf(() => admin.run(new DeleteRoleCommand({ RoleName })))).toBe('DeleteConflict');
  expect(codeOf(() => admin.run(new DeleteInstanceProfileCommand({ InstanceProfileName })))).toBe('DeleteConflict');
  admin.run(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  expect(codeOf(() => admin.run(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })))).toBe(
    'NoSuchEntity',
  );
  admin.run(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  admin.run(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: document }));
  expect(codeOf(() => admin.run(new DeleteRoleCommand({ RoleName })))).toBe('DeleteConflict');
  admin.run(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
  admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: denyAll }));
  expect(codeOf(() => admin.run(new DeleteRoleCommand({ RoleName })))).toBe('DeleteConflict');
  admin.run(new DetachRolePolicyCommand({ RoleName, PolicyArn: denyAll }));
  admin.run(new DeleteRoleCommand({ RoleName }));
  expect(codeOf(() => admin.run(new GetRoleCommand({ RoleName })))).toBe('NoSuchEntity');
});
