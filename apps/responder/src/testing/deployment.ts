import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { policyFor } from '@entity-lockdown/core';
import { type Actor, createSandbox, type Operations, type Sandbox, secretMark } from '@entity-lockdown/sandbox';
import { registry } from '../registry.ts';
import { type Environment, settingsFrom } from '../settings.ts';
import { mailbox, type Received } from './mailbox.ts';
import { type Queue, type Queues, queuesOf } from './queues.ts';
import { secretsManager } from './secrets-manager.ts';

export const home = '999988887777';
export const region = 'eu-west-1';
export const functionRole = `arn:aws:iam::${home}:role/ResponderFunction`;
/** Planted: it must be in nothing that the responder says or writes. */
export const requestExternalId: string = `${secretMark}-of-requests`;
export const memberExternalId: string = `${secretMark}-of-members`;

export const requestTopic = `arn:aws:sns:${region}:${home}:requests`;
export const findingsTopic = `arn:aws:sns:${region}:${home}:findings`;
const audit = `arn:aws:sns:${region}:${home}:audit`;
const secretArn = `arn:aws:secretsmanager:${region}:${home}:secret:responder-AbCdEf`;
const bucket = 'ledger-bucket';
const url = (name: string): string => `https://sqs.${region}.amazonaws.com/${home}/${name}`;

export const environment: Environment = {
  LOCKDOWN_LEDGER: `s3://${bucket}/responder`,
  LOCKDOWN_REQUEST_TOPIC: requestTopic,
  LOCKDOWN_FINDINGS_TOPIC: findingsTopic,
  LOCKDOWN_AUDIT_TOPIC: audit,
  LOCKDOWN_CONTINUATIONS: url('continuations'),
  LOCKDOWN_DEAD_CONTINUATIONS: url('dead-continuations'),
  LOCKDOWN_DEAD_REQUESTS: url('dead-requests'),
  LOCKDOWN_SECRET: secretArn,
  LOCKDOWN_ROLE_NAME: 'lockdown/EntityLockdown',
  LOCKDOWN_ACCOUNTS: '',
  LOCKDOWN_PROTECTED: '[]',
  LOCKDOWN_FINDING_RULES: '{}',
  AWS_REGION: region,
  AWS_LAMBDA_FUNCTION_NAME: 'responder',
};

/** An organization with the responder deployed: its parts, its roles, and a role to be assumed in each account. */
export interface Deployment {
  readonly sandbox: Sandbox;
  readonly settings: ReturnType<typeof settingsFrom>;
  readonly mails: readonly Received[];
  readonly queues: Queues;
  readonly continuations: Queue;
  readonly deadContinuations: Queue;
  readonly deadRequests: Queue;
  /** The versions of the secret, by their stages. */
  readonly secret: Map<string, string>;
  admin(account: string): Actor;
}

export interface DeploymentOptions {
  readonly accounts: readonly string[];
  readonly now: () => number;
  readonly environment?: Environment;
  readonly services?: { readonly [service: string]: Operations };
}

export function deploy(options: DeploymentOptions): Deployment {
  const deadContinuations: Queue = { name: 'dead-continuations', visibilityMs: 30_000, messages: [] };
  const deadRequests: Queue = { name: 'dead-requests', visibilityMs: 30_000, messages: [] };
  const continuations: Queue = {
    name: 'continuations',
    visibilityMs: 360_000,
    mostReceives: 5,
    deadLetters: deadContinuations,
    messages: [],
  };
  const secret = new Map([['AWSCURRENT', JSON.stringify({ requestExternalId, memberExternalId })]]);
  const queues = queuesOf([continuations, deadContinuations, deadRequests]);
  const sandbox = createSandbox({
    now: options.now,
    accounts: [...new Set([home, ...options.accounts])].map((id) => ({ id })),
    services: {
      sqs: queues.operations,
      secretsmanager: secretsManager(secretArn, secret),
      ...options.services,
    },
  });
  const admin = (account: string): Actor => sandbox.as(`admin:${account}`);
  admin(home).run(new CreateBucketCommand({ Bucket: bucket }), region);
  const mails = mailbox(sandbox, admin(home), 'audit', region);
  makeFunctionRole(admin(home));
  for (const account of new Set([home, ...options.accounts])) makeContainmentRole(admin(account));
  const settings = settingsFrom({ ...environment, ...options.environment });
  return { sandbox, settings, mails, queues, continuations, deadContinuations, deadRequests, secret, admin };
}

/** What the function may do: what it is deployed with, and nothing else. */
function makeFunctionRole(admin: Actor): void {
  admin.run(
    new CreateRoleCommand({
      RoleName: 'ResponderFunction',
      AssumeRolePolicyDocument: trust({ Service: 'lambda.amazonaws.com' }),
    }),
  );
  const queue = (name: string): string => `arn:aws:sqs:${region}:${home}:${name}`;
  const allow = (Action: readonly string[], ...Resource: string[]) => ({ Effect: 'Allow', Action, Resource });
  const statements = [
    allow(['sts:AssumeRole'], 'arn:aws:iam::*:role/lockdown/EntityLockdown'),
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], `arn:aws:s3:::${bucket}/responder/*`),
    allow(['s3:ListBucket'], `arn:aws:s3:::${bucket}`),
    allow(['sqs:SendMessage', 'sqs:ChangeMessageVisibility'], queue('continuations')),
    allow(['sqs:ReceiveMessage'], queue('dead-continuations'), queue('dead-requests')),
    allow(['sns:Publish'], audit),
    allow(['secretsmanager:GetSecretValue'], secretArn),
  ];
  admin.run(new PutRolePolicyCommand({ RoleName: 'ResponderFunction', PolicyName: 'work', PolicyDocument: policy(statements) }));
}

function makeContainmentRole(admin: Actor): void {
  const condition = { StringEquals: { 'sts:ExternalId': memberExternalId } };
  admin.run(
    new CreateRoleCommand({
      RoleName: 'EntityLockdown',
      Path: '/lockdown/',
      AssumeRolePolicyDocument: trust({ AWS: functionRole }, condition),
    }),
  );
  const manifests = registry.plugins.map(({ manifest }) => manifest);
  for (const purpose of ['contain', 'release'] as const)
    admin.run(
      new PutRolePolicyCommand({
        RoleName: 'EntityLockdown',
        PolicyName: purpose,
        PolicyDocument: JSON.stringify(policyFor(manifests, purpose, {})),
      }),
    );
}

function trust(Principal: object, Condition?: object): string {
  return policy([{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }]);
}

function policy(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
