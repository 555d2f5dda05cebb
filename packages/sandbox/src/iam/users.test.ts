import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  GetSSHPublicKeyCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateSigningCertificateCommand,
  UpdateSSHPublicKeyCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { beforeEach, expect, test } from 'vitest';
import { type Actor, createSandbox, iamOf, type Sandbox } from '../index.ts';

const account = '111122223333';
const UserName = 'alice';
const arn = `arn:aws:iam::${account}:user/team/alice`;
const Certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';

let sandbox: Sandbox;
let admin: Actor;

beforeEach(() => {
  sandbox = createSandbox({ accounts: [{ id: account }], now: () => 1_000, checkAnswers: true });
  admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateUserCommand({ UserName, Path: '/team/', Tags: [{ Key: 'Owner', Value: 'x' }] }));
});

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

test('a user has a path, a stable id and tags; lists show neither tags nor boundary', () => {
  const { User } = admin.run(new GetUserCommand({ UserName: 'ALICE' }));
  expect(User).toMatchObject({
    UserName,
    Path: '/team/',
    Arn: arn,
    CreateDate: new Date(1_000),
    Tags: [{ Key: 'Owner', Value: 'x' }],
  });
  expect(User?.UserId).toMatch(/^AIDA/);
  expect(admin.run(new ListUsersCommand({})).Users?.[0]).toEqual({
    UserName,
    UserId: User?.UserId,
    Path: '/team/',
    Arn: arn,
    CreateDate: new Date(1_000),
  });
  expect(admin.run(new ListUsersCommand({ PathPrefix: '/other/' })).Users).toEqual([]);
});

test('a name is taken whatever its case, path or characters', () => {
  expect(codeOf(() => admin.run(new CreateUserCommand({ UserName: 'Alice', Path: '/x/' })))).toBe('EntityAlreadyExists');
  expect(codeOf(() => admin.run(new CreateUserCommand({ UserName: 'a/b' })))).toBe('ValidationError');
  expect(codeOf(() => admin.run(new CreateUserCommand({ UserName: 'bob', Path: 'x' })))).toBe('ValidationError');
});

test('renaming and moving keep the id, and what the user has', () => {
  admin.run(new CreateAccessKeyCommand({ UserName }));
  const before = admin.run(new GetUserCommand({ UserName })).User;
  admin.run(new CreateUserCommand({ UserName: 'bob' }));
  expect(codeOf(() => admin.run(new UpdateUserCommand({ UserName, NewUserName: 'Bob' })))).toBe('EntityAlreadyExists');
  admin.run(new UpdateUserCommand({ UserName, NewUserName: 'alicia', NewPath: '/' }));
  const after = admin.run(new GetUserCommand({ UserName: 'alicia' })).User;
  expect(after).toMatchObject({ UserId: before?.UserId, Arn: `arn:aws:iam::${account}:user/alicia` });
  expect(codeOf(() => admin.run(new GetUserCommand({ UserName })))).toBe('NoSuchEntity');
  expect(admin.run(new ListAccessKeysCommand({ UserName: 'alicia' })).AccessKeyMetadata).toHaveLength(1);
});

test('tag keys are one key whatever their case', () => {
  admin.run(new TagUserCommand({ UserName, Tags: [{ Key: 'owner', Value: 'y' }] }));
  expect(admin.run(new ListUserTagsCommand({ UserName })).Tags).toEqual([{ Key: 'owner', Value: 'y' }]);
  admin.run(new UntagUserCommand({ UserName, TagKeys: ['OWNER', 'absent'] }));
  expect(admin.run(new ListUserTagsCommand({ UserName })).Tags).toEqual([]);
  expect(codeOf(() => admin.run(new TagUserCommand({ UserName, Tags: [{ Key: 'aws:x', Value: 'y' }] })))).toBe('InvalidInput');
  const Tags = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  expect(codeOf(() => admin.run(new TagUserCommand({ UserName, Tags })))).toBe('LimitExceeded');
});

test('access keys: two at most, inactive ones counted; a status is what it is set to', () => {
  const { AccessKey } = admin.run(new CreateAccessKeyCommand({ UserName }));
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  expect(AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  admin.run(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
  admin.run(new CreateAccessKeyCommand({ UserName }));
  expect(codeOf(() => admin.run(new CreateAccessKeyCommand({ UserName })))).toBe('LimitExceeded');
  const { AccessKeyMetadata = [] } = admin.run(new ListAccessKeysCommand({ UserName }));
  expect(AccessKeyMetadata.find((key) => key.AccessKeyId === AccessKeyId)?.Status).toBe('Inactive');
  expect(JSON.stringify(AccessKeyMetadata)).not.toContain(AccessKey?.SecretAccessKey);
  const odd = { UserName, AccessKeyId, Status: 'Expired' as const };
  expect(codeOf(() => admin.run(new UpdateAccessKeyCommand(odd)))).toBe('ValidationError');
  expect(codeOf(() => admin.run(new UpdateAccessKeyCommand({ ...odd, AccessKeyId: 'AKIANONE', Status: 'Active' })))).toBe(
    'NoSuchEntity',
  );
});

test('the last use of a key is seen once it was used', async () => {
  const { AccessKey } = admin.run(new CreateAccessKeyCommand({ UserName }));
  const AccessKeyId = AccessKey?.AccessKeyId;
  const used = () => admin.run(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
  expect(used()).toEqual({ UserName, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } });
  admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
  const { IAMClient } = await import('@aws-sdk/client-iam');
  const client = sandbox.directClient(IAMClient, { region: 'us-east-1', credentials: sandbox.credentials(arn) });
  // Without a name, a user means herself.
  expect((await client.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.[0]?.UserName).toBe(UserName);
  expect(used().AccessKeyLastUsed).toEqual({ ServiceName: 'iam', Region: 'us-east-1', LastUsedDate: new Date(1_000) });
});

test('service-specific credentials: passwords for some services, API keys for others, secrets in no list', () => {
  const make = (ServiceName: string) =>
    admin.run(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName })).ServiceSpecificCredential;
  const git = make('codecommit.amazonaws.com');
  const bedrock = make('bedrock.amazonaws.com');
  expect(git?.ServiceUserName).toBeDefined();
  expect(git?.ServicePassword).toBeDefined();
  expect(bedrock?.ServiceCredentialAlias).toBeDefined();
  expect(bedrock?.ServiceCredentialSecret).toBeDefined();
  make('bedrock.amazonaws.com');
  expect(codeOf(() => make('bedrock.amazonaws.com'))).toBe('LimitExceeded');
  expect(codeOf(() => make('nothing.amazonaws.com'))).toBe('NoSuchEntity');
  const ServiceSpecificCredentialId = bedrock?.ServiceSpecificCredentialId;
  admin.run(new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId, Status: 'Inactive' }));
  const { ServiceSpecificCredentials: all } = admin.run(new ListServiceSpecificCredentialsCommand({ UserName }));
  expect(all).toHaveLength(3);
  expect(all?.filter(({ Status }) => Status === 'Inactive').map((each) => each.ServiceSpecificCredentialId)).toEqual([
    ServiceSpecificCredentialId,
  ]);
  expect(JSON.stringify(all)).not.toContain('secret');
});

test('SSH keys and signing certificates', () => {
  const upload = (body: string) => admin.run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: body })).SSHPublicKey;
  const SSHPublicKeyId = upload('ssh-rsa AAAA one')?.SSHPublicKeyId;
  expect(codeOf(() => upload('ssh-rsa AAAA one'))).toBe('DuplicateSSHPublicKey');
  expect(codeOf(() => upload('nonsense'))).toBe('InvalidPublicKey');
  admin.run(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' }));
  expect(admin.run(new ListSSHPublicKeysCommand({ UserName })).SSHPublicKeys).toMatchObject([
    { SSHPublicKeyId, Status: 'Inactive' },
  ]);
  expect(
    admin.run(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding: 'SSH' })).SSHPublicKey?.SSHPublicKeyBody,
  ).toBe('ssh-rsa AAAA one');
  const CertificateId = admin.run(new UploadSigningCertificateCommand({ UserName, CertificateBody: Certificate })).Certificate
    ?.CertificateId;
  admin.run(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status: 'Inactive' }));
  expect(admin.run(new ListSigningCertificatesCommand({ UserName })).Certificates).toMatchObject([
    { CertificateId, Status: 'Inactive' },
  ]);
});

test('groups of a user', () => {
  admin.run(new CreateGroupCommand({ GroupName: 'Staff' }));
  admin.run(new AddUserToGroupCommand({ UserName, GroupName: 'staff' }));
  expect(admin.run(new ListGroupsForUserCommand({ UserName })).Groups).toMatchObject([{ GroupName: 'Staff' }]);
  iamOf(sandbox.world, account).limits.groupsPerUser = 1;
  admin.run(new CreateGroupCommand({ GroupName: 'more' }));
  expect(codeOf(() => admin.run(new AddUserToGroupCommand({ UserName, GroupName: 'more' })))).toBe('LimitExceeded');
});

test('a user is deleted only when nothing is left of it', () => {
  const AccessKeyId = admin.run(new CreateAccessKeyCommand({ UserName })).AccessKey?.AccessKeyId;
  admin.run(new CreateLoginProfileCommand({ UserName, Password: 'Correct-Horse-1' }));
  expect(admin.run(new GetLoginProfileCommand({ UserName })).LoginProfile?.UserName).toBe(UserName);
  const made = new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' });
  const ServiceSpecificCredentialId = admin.run(made).ServiceSpecificCredential?.ServiceSpecificCredentialId;
  const SSHPublicKeyId = admin.run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: 'ssh-rsa A' })).SSHPublicKey
    ?.SSHPublicKeyId;
  const CertificateId = admin.run(new UploadSigningCertificateCommand({ UserName, CertificateBody: Certificate })).Certificate
    ?.CertificateId;
  admin.run(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AWSDenyAll' }));
  admin.run(new CreateGroupCommand({ GroupName: 'staff' }));
  admin.run(new AddUserToGroupCommand({ UserName, GroupName: 'staff' }));
  for (const remove of [
    () => admin.run(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
    () => admin.run(new DeleteLoginProfileCommand({ UserName })),
    () => admin.run(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
    () => admin.run(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
    () => admin.run(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
    () => admin.run(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' })),
    () => admin.run(new DetachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AWSDenyAll' })),
    () => admin.run(new RemoveUserFromGroupCommand({ UserName, GroupName: 'staff' })),
  ]) {
    expect(codeOf(() => admin.run(new DeleteUserCommand({ UserName })))).toBe('DeleteConflict');
    remove();
  }
  const before = admin.run(new GetUserCommand({ UserName })).User?.UserId;
  admin.run(new DeleteUserCommand({ UserName }));
  admin.run(new CreateUserCommand({ UserName }));
  expect(admin.run(new GetUserCommand({ UserName })).User?.UserId).not.toBe(before);
});
