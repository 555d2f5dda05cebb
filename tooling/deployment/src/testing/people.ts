import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import type { SessionCredentials } from '@entity-lockdown/moto';
import { type Account, assume, createRole } from '../accounts.ts';
import { home } from './organization.ts';

/** An access key of a user who may do what one managed policy allows, and nothing else. */
export async function userWith(
  { endpoint, credentials }: Account,
  UserName: string,
  PolicyArn: string | undefined,
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const iam = new IAMClient({ endpoint, credentials, region: home });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** A session of a role of the account that has one managed policy. */
export async function sessionWith(
  account: Account,
  RoleName: string,
  PolicyArn: string | undefined,
): Promise<SessionCredentials> {
  const { endpoint, credentials } = account;
  const arn = await createRole(account, RoleName, { Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' });
  const iam = new IAMClient({ endpoint, credentials, region: home });
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  return await assume(endpoint, credentials, arn);
}
