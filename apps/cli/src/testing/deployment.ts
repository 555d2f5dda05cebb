import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import {
  type CreateClient,
  createAwsAccess,
  createDispatcher,
  createLedger,
  type Dispatcher,
  type Ledger,
  lockdownRetryStrategy,
  random,
} from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import { type PublishedMessage, publishedTo, secretMark } from '@entity-lockdown/sandbox';
import { processOwners } from '../settings/owners.ts';
import { account, type Cli, region, registry } from './cli.ts';

export const topic: string = `arn:aws:sns:${region}:${account}:requests`;
export const ledgerPlace = 's3://lockdown-ledger/records';
/** Who may publish, and nothing else. */
export const analyst: string = `arn:aws:iam::${account}:role/analyst`;
/** Who may read the ledger as well. */
export const reader: string = `arn:aws:iam::${account}:role/reader`;
export const secret: string = `${secretMark}-request`;

/** What a responder's stack consists of, as far as whoever asks it sees it, and a stand-in for the responder. */
export interface Deployment {
  messages(): readonly PublishedMessage[];
  readonly ledger: Ledger;
  readonly dispatcher: Dispatcher;
  /** Begins to contain what a message asks for, as the responder does. */
  take(message: PublishedMessage | undefined): Promise<void>;
}

export function deploy({ sandbox, time }: Cli): Deployment {
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateTopicCommand({ Name: 'requests' }), region);
  admin.run(new CreateBucketCommand({ Bucket: 'lockdown-ledger' }), region);
  const publish = { Effect: 'Allow', Action: 'sns:Publish', Resource: topic };
  const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lockdown-ledger/*' };
  const list = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::lockdown-ledger' };
  for (const [RoleName, Statement] of [
    ['analyst', [publish]],
    ['reader', [publish, read, list]],
  ] as const) {
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    admin.run(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    admin.run(new PutRolePolicyCommand({ RoleName, PolicyName: 'publish', PolicyDocument }));
  }
  const createClient: CreateClient = (Client, config) =>
    sandbox.createClient(Client, {
      credentials: sandbox.credentials(`admin:${account}`),
      retryStrategy: lockdownRetryStrategy(0),
      ...config,
    });
  const client = createClient(S3Client, { region });
  const store = s3Store({ client, bucket: 'lockdown-ledger', prefix: 'records', now: () => time.now() });
  const ledger = createLedger(store, random);
  const dispatcher = createDispatcher({
    registry,
    ledger,
    access: createAwsAccess({ createClient, clock: time, region, sessionName: 'responder' }),
    guardrails: { protected: [] },
    clock: time,
    owners: processOwners('responder'),
  });
  return {
    messages: () => publishedTo(sandbox.world, topic),
    ledger,
    dispatcher,
    async take(message) {
      if (message === undefined) return;
      const { Arn, ExternalId, Incident, Reason, ...options } = Object.fromEntries(
        Object.entries(message.attributes).map(([name, { value }]) => [name, value]),
      );
      if (ExternalId !== secret || Arn === undefined) throw new Error('refused');
      await dispatcher.contain({
        arn: Arn,
        by: 'the responder',
        message: message.id,
        options,
        ...(Incident !== undefined && { incident: Incident }),
        ...(Reason !== undefined && { reason: Reason }),
      });
    },
  };
}
