import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { SessionCredentials } from '@entity-lockdown/moto';

/** Whom a test acts as where it is not about permissions. */
export interface Account {
  readonly id: string;
  readonly endpoint: string;
  readonly credentials: SessionCredentials;
}

/** An administrator of an account of moto, whose session goes on to work once policies are enforced. To be made before that. */
export async function administrator(endpoint: string, id: string): Promise<Account> {
  const credentials = await assume(
    endpoint,
    { accessKeyId: 'test', secretAccessKey: 'test' },
    `arn:aws:iam::${id}:role/Administrator`,
  );
  await createRole({ id, endpoint, credentials }, 'Administrator', { Effect: 'Allow', Action: '*', Resource: '*' });
  return { id, endpoint, credentials };
}

/** A role of the account that everybody in it may assume, with one statement. */
export async function createRole({ id, endpoint, credentials }: Account, name: string, statement: object): Promise<string> {
  const iam = new IAMClient({ endpoint, credentials, region: 'us-east-1' });
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${id}:root` } };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: 'policy',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  return Role?.Arn ?? '';
}

export async function assume(
  endpoint: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
  role: string,
  externalId?: string,
): Promise<SessionCredentials> {
  const sts = new STSClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: 'test',
      ...(externalId !== undefined && { ExternalId: externalId }),
    }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}
