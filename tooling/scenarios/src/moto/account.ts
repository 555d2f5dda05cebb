import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

/** Clients of somebody who may do everything in one account of a moto server. */
export interface Account {
  readonly endpoint: string;
  readonly id: string;
  readonly region: string;
  readonly iam: IAMClient;
  readonly ec2: EC2Client;
  readonly lambda: LambdaClient;
  createQueue(name: string): Promise<unknown>;
  /** Lets time pass until what was made is ready for use. */
  settle(): Promise<void>;
}

export const region = 'us-east-1';
/** The role that Entity Lockdown assumes in each account. moto lets anybody assume it, until it enforces policies. */
export const responder = 'lockdown-responder';

let accounts = 0;

/** An account that no other test of this file uses. */
export async function newAccount(endpoint: string): Promise<Account> {
  return await accountAt(endpoint, String(200_000_000_000 + ++accounts));
}

/** How moto has more than one account: https://docs.getmoto.org/en/latest/docs/multi_account.html */
export async function accountAt(endpoint: string, id: string): Promise<Account> {
  const root = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const sts = new STSClient(root);
  const role = { RoleArn: `arn:aws:iam::${id}:role/builder`, RoleSessionName: 'builder' };
  const { Credentials: made } = await sts.send(new AssumeRoleCommand(role));
  const credentials = {
    accessKeyId: text(made?.AccessKeyId),
    secretAccessKey: text(made?.SecretAccessKey),
    sessionToken: text(made?.SessionToken),
  };
  return accountOf({ endpoint, id, credentials }, region);
}

/** Who has credentials for an account of a moto server. */
export interface Access {
  readonly endpoint: string;
  readonly id: string;
  readonly credentials: NonNullable<IAMClientConfig['credentials']>;
}

/** The account in one Region, as they have it. */
export function accountOf({ endpoint, id, credentials }: Access, region: string): Account {
  const config = { endpoint, region, credentials };
  const sqs = new SQSClient(config);
  return {
    endpoint,
    id,
    region,
    iam: new IAMClient(config),
    ec2: new EC2Client(config),
    lambda: new LambdaClient(config),
    // In moto, everything is ready at once.
    settle: async () => undefined,
    createQueue: (QueueName) => sqs.send(new CreateQueueCommand({ QueueName })),
  };
}

/** What an answer must have. */
export function text(value: string | undefined): string {
  if (value === undefined) throw new Error('moto left something out of its answer');
  return value;
}
