import {
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  ListAccessKeysCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import { iamOf } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { describeFaults } from './faults.ts';
import { account, answerTo, answerWith, type Organization, organization, user } from './organization.ts';

const arn = `arn:aws:iam::${account}:user/team/ops/alice`;

const alice = (of: Organization, name = 'alice') => {
  const found = iamOf(of.sandbox.world, account).users.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const statuses = (of: Organization, name = 'alice'): readonly string[] => {
  const { accessKeys, serviceCredentials, sshKeys, certificates } = alice(of, name);
  return [...accessKeys, ...serviceCredentials, ...sshKeys, ...certificates].map(({ status }) => status);
};

/** Deletes a user with all that it has, as IAM demands. */
function deleteUser(of: Organization, UserName: string): void {
  for (const { AccessKeyId } of of.run(new ListAccessKeysCommand({ UserName })).AccessKeyMetadata ?? [])
    of.run(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  for (const { ServiceSpecificCredentialId } of of.run(new ListServiceSpecificCredentialsCommand({ UserName }))
    .ServiceSpecificCredentials ?? [])
    of.run(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId }));
  for (const { SSHPublicKeyId } of of.run(new ListSSHPublicKeysCommand({ UserName })).SSHPublicKeys ?? [])
    of.run(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
  for (const { CertificateId } of of.run(new ListSigningCertificatesCommand({ UserName })).Certificates ?? [])
    of.run(new DeleteSigningCertificateCommand({ UserName, CertificateId }));
  for (const PolicyName of of.run(new ListUserPoliciesCommand({ UserName })).PolicyNames ?? [])
    of.run(new DeleteUserPolicyCommand({ UserName, PolicyName }));
  for (const PolicyArn of alice(of, UserName).attached) of.run(new DetachUserPolicyCommand({ UserName, PolicyArn }));
  of.run(new DeleteUserCommand({ UserName }));
}

test.each(['aws', 'aws-cn', 'aws-us-gov'])(
  'a user in %s: every credential of five kinds off, stolen ones denied, then as it was',
  async (partition) => {
    const of = organization({ partition, iam: { pageSize: 1 } });
    const there = user(of, 'alice', '/team/ops/');
    const before = of.sandbox.dump();
    const original = statuses(of);
    expect(original.toSorted()).toEqual(['Active', 'Active', 'Active', 'Active', 'Active', 'Inactive']);
    const stolen = of.sandbox.credentials(there, { session: true });
    expect(await answerWith(of, stolen)).toBe('allowed');
    const { contain, release } = of.process();
    expect((await contain(there)).record).toMatchObject({ state: 'contained', failures: [] });
    expect(new Set(statuses(of))).toEqual(new Set(['Inactive']));
    expect(await answerWith(of, stolen)).toBe('denied');
    await release(there);
    expect(of.sandbox.dump()).toEqual(before);
    expect(await answerWith(of, stolen)).toBe('allowed');
  },
);

test('users, and roles, named like each segment of the path are not touched', async () => {
  const of = organization();
  user(of, 'alice', '/team/ops/');
  const decoys = ['team', 'ops', 'user'].map((name) => user(of, name));
  const others = () => decoys.map((_, index) => alice(of, ['team', 'ops', 'user'][index]));
  const before = JSON.stringify(others());
  const { contain } = of.process();
  await contain(arn);
  expect(JSON.stringify(others())).toBe(before);
  for (const decoy of decoys) expect(await answerTo(of, decoy)).toBe('allowed');
});

test('made again under its name while it was contained, it is another user: not contained, not touched, and that is said', async () => {
  const of = organization();
  user(of, 'alice', '/team/ops/');
  const { contain, release } = of.process();
  await contain(arn);
  deleteUser(of, 'alice');
  user(of, 'alice', '/team/ops/');
  const before = of.sandbox.dump();
  const again = await contain(arn);
  expect(again.record).toMatchObject({ state: 'partial', failures: [{ code: 'entity-replaced' }] });
  expect(of.sandbox.dump()).toEqual(before);
  expect((await release(arn)).record.state).toBe('released');
  expect(of.sandbox.dump()).toEqual(before);
  expect((await contain(arn)).record.state).toBe('contained');
});

test('deleted while it was contained, it is not called contained', async () => {
  const of = organization();
  user(of, 'alice', '/team/ops/');
  const { contain, release } = of.process();
  await contain(arn);
  deleteUser(of, 'alice');
  expect((await contain(arn)).record).toMatchObject({ state: 'partial', failures: [{ code: 'entity-gone' }] });
  expect((await release(arn)).record.state).toBe('released');
});

test('a user that is not there is left not there, and one of another path is not it', async () => {
  const of = organization();
  of.run(new CreateUserCommand({ UserName: 'bob' }));
  const before = of.sandbox.dump();
  const { record } = await of.process().contain(`arn:aws:iam::${account}:user/nobody`);
  expect(record).toMatchObject({ state: 'refused', failures: [{ code: 'no-such-entity' }] });
  expect(of.sandbox.dump()).toEqual(before);
});

await describeFaults({
  title: 'a user',
  build() {
    const of = organization();
    return { of, arn: user(of, 'alice', '/team/ops/') };
  },
  optional: ['TagUser'],
});
