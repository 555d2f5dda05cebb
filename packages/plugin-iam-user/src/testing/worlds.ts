import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DetachUserPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { PluginWorld, Scene } from '@entity-lockdown/plugin-testkit';
import { iamOf, secretMark } from '@entity-lockdown/sandbox';

export const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';

const UserName = 'alice';
const allow = (Action: string, Resource: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
const secret = `${secretMark}-policy`;

/** A user with credentials of every kind, active and not; and users named like the segments of its path. Answers its ARN. */
export function populate({ run, account, sandbox }: Pick<Scene, 'run' | 'account' | 'sandbox'>): string {
  run(new CreateUserCommand({ UserName, Path: '/team/ops/' }));
  for (const decoy of ['team', 'ops', 'user']) {
    run(new CreateUserCommand({ UserName: decoy }));
    run(new CreateAccessKeyCommand({ UserName: decoy }));
  }
  run(new CreateAccessKeyCommand({ UserName }));
  const { AccessKey } = run(new CreateAccessKeyCommand({ UserName }));
  run(new UpdateAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
  for (const ServiceName of ['codecommit.amazonaws.com', 'bedrock.amazonaws.com'])
    run(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: 'ssh-rsa AAAA1' }));
  const CertificateBody = '-----BEGIN CERTIFICATE-----\none\n-----END CERTIFICATE-----';
  run(new UploadSigningCertificateCommand({ UserName, CertificateBody }));
  run(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument: allow('*', '*') }));
  return `arn:${sandbox.world.partitionOf(account)}:iam::${account}:user/team/ops/alice`;
}

/** Leaves no room for another inline policy. */
export function fillInline({ run }: Pick<Scene, 'run'>): void {
  run(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: 'long',
      PolicyDocument: allow('s3:Get*', `arn:aws:s3:::${'x'.repeat(1_800)}`),
    }),
  );
}

/** A permissions boundary, which a containment may have to replace. */
export function bound({ run }: Pick<Scene, 'run'>): void {
  const { Policy } = run(new CreatePolicyCommand({ PolicyName: 'limits', PolicyDocument: allow('*', '*') }));
  run(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: Policy?.Arn }));
}

/** Users as different from one another as they come. */
export const worlds: readonly PluginWorld[] = [
  {
    title: 'credentials of every kind, and a path',
    seed: (scene) => {
      const arn = populate(scene);
      scene.run(new PutUserPolicyCommand({ UserName, PolicyName: secret, PolicyDocument: allow('s3:*', '*') }));
      return arn;
    },
    sandbox: { iam: { pageSize: 1 } },
    expect: 'contained',
    spellings: () => ['arn:aws:iam::111122223333:user/alice', 'arn:aws:iam::111122223333:user/other/alice'],
    secrets: [secret],
  },
  {
    title: 'no credentials at all',
    seed: ({ run, account }) => {
      run(new CreateUserCommand({ UserName: 'idle' }));
      return `arn:aws:iam::${account}:user/idle`;
    },
    expect: 'contained',
  },
  {
    title: 'AWSDenyAll and the quarantine policy attached before',
    seed: (scene) => {
      const arn = populate(scene);
      for (const name of ['AWSCompromisedKeyQuarantineV3', 'AWSDenyAll'])
        scene.run(new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'no room to attach a policy',
    sandbox: { iam: { attachedPerUser: 0 } },
    seed: populate,
    expect: 'contained',
  },
  {
    title: 'no room for an inline policy',
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'room for neither, and no boundary',
    sandbox: { iam: { attachedPerUser: 0 } },
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'room for neither, and a boundary',
    sandbox: { iam: { attachedPerUser: 0 } },
    seed: (scene) => {
      const arn = populate(scene);
      fillInline(scene);
      bound(scene);
      return arn;
    },
    expect: 'contained',
    drift: ({ run }) => {
      run(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
    },
  },
  {
    title: 'an expired API key',
    seed: (scene) => {
      const arn = populate(scene);
      const key = iamOf(scene.sandbox.world, scene.account).users.get(UserName)?.serviceCredentials[0];
      if (key !== undefined) key.status = 'Expired';
      return arn;
    },
    expect: 'contained',
  },
  {
    title: 'renamed, its keys activated, a deny taken off',
    seed: populate,
    meanwhile: ({ run, sandbox, account }) => {
      for (const { id } of iamOf(sandbox.world, account).users.get(UserName)?.accessKeys ?? [])
        run(new UpdateAccessKeyCommand({ UserName, AccessKeyId: id, Status: 'Active' }));
      run(new DetachUserPolicyCommand({ UserName, PolicyArn: denyAll }));
      run(new UpdateUserCommand({ UserName, NewUserName: 'mallory', NewPath: '/elsewhere/' }));
    },
    expect: 'contained',
  },
  {
    title: 'not there, though a user is named like a segment of the path',
    seed: (scene) => {
      populate(scene);
      return `arn:aws:iam::${scene.account}:user/alice/nobody`;
    },
    expect: 'refused',
  },
  {
    title: 'there in another case',
    seed: (scene) => {
      populate(scene);
      return `arn:aws:iam::${scene.account}:user/Alice`;
    },
    expect: 'refused',
  },
];
