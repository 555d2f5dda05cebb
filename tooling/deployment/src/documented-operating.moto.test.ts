import { DescribeRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConcurrencyCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, ListSecretVersionIdsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SessionCredentials } from '@entity-lockdown/moto';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  type DeployedPerson,
  type DeployedReader,
  deployedReader,
  isMalloryOut,
  makeMallory,
} from './testing/deployed-reader.ts';
import { follow, type LeftOut, type Step } from './testing/documented.ts';
import { home, ids, suspect } from './testing/organization.ts';

// docs/operating.md as a reader goes through it: each block of commands as it stands there, by the person whom it is for.

const first = 'planted-secret-of-requests-0001';
const values: { [name: string]: string } = {};
const words = new Set(['AWSPREVIOUS', 'ERROR', 'UUID']);

let reader: DeployedReader;
beforeAll(async () => {
  reader = await deployedReader(first);
  Object.assign(values, reader.values);
  for (const account of [reader.organized.security, reader.organized.workload]) await makeMallory(account);
});
afterAll(() => reader?.stop());

function config(): { endpoint: string; region: string; credentials: SessionCredentials } {
  const { endpoint, credentials } = reader.organized.security;
  return { endpoint, region: home, credentials };
}

/** What everybody is told of a request with a secret. */
async function toldOf(name: string, secret: string): Promise<readonly (string | undefined)[]> {
  const { workload, outputs, parts } = reader.organized;
  const body = JSON.stringify({ arn: await suspect(workload, name), externalId: secret });
  await reader.said('analyst', `aws sns publish --topic-arn ${outputs.RequestTopicArn} --message '${body}'`);
  await parts.advance(60);
  return reader.mails().map(({ kind }) => kind);
}

interface Secret {
  readonly requestExternalId: string;
  readonly memberExternalId: string;
}

async function secretOf(): Promise<Secret> {
  const value = await new SecretsManagerClient(config()).send(
    new GetSecretValueCommand({ SecretId: reader.organized.outputs.SecretArn }),
  );
  return JSON.parse(value.SecretString ?? '') as Secret;
}

/** Whether the responder's queue and schedule run it, and how often at once. */
async function isRun(): Promise<object> {
  const lambda = new LambdaClient(config());
  const events = new EventBridgeClient(config());
  const FunctionName = reader.organized.outputs.ResponderFunction;
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const { State } = await events.send(new DescribeRuleCommand({ Name: Rules[0]?.Name }));
  const { ReservedConcurrentExecutions } = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  return { mappings: EventSourceMappings.map((each) => each.State), schedule: State, concurrency: ReservedConcurrentExecutions };
}

/** How many dead requests there are, hidden or not. */
async function deadRequests(): Promise<number> {
  const { Attributes } = await new SQSClient(config()).send(
    new GetQueueAttributesCommand({ QueueUrl: reader.organized.outputs.DeadRequestsUrl, AttributeNames: ['All'] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
}

/** The role that an administrator of the security account may assume elsewhere, apart from those of Entity Lockdown. */
async function makeBreakGlassRole(): Promise<void> {
  const { endpoint, credentials } = reader.organized.workload;
  const iam = new IAMClient({ endpoint, credentials, region: home });
  const policy = (statement: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const trust = policy({ Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ids.security}:root` } });
  await iam.send(new CreateRoleCommand({ RoleName: 'BreakGlass', AssumeRolePolicyDocument: trust }));
  const all = policy({ Action: '*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'BreakGlass', PolicyName: 'All', PolicyDocument: all }));
}

const steps: readonly (Step<DeployedPerson> | LeftOut)[] = [
  {
    begins: 'subscription=$(aws sns list-subscriptions-by-topic --topic-arn AUDIT_TOPIC_ARN --output text',
    as: 'administrator',
    async after() {
      const { parts } = reader.organized;
      const toSoc = (): number => parts.mails.filter(({ to }) => to === 'soc@example.com').length;
      expect(await toldOf('First', 'nothing of the kind')).toEqual(['refused']);
      expect(toSoc()).toBe(0);
      expect(await toldOf('Second', first)).toEqual(['started', 'contained']);
      expect(toSoc()).toBe(2);
    },
  },
  {
    begins: 'member=$(aws cloudformation describe-stacks --stack-name entity-lockdown --output text',
    as: 'administrator',
    async after() {
      const { requestExternalId, memberExternalId } = await secretOf();
      expect(requestExternalId).toMatch(/^[A-Za-z0-9]{43}$/);
      expect(memberExternalId).toBe(reader.organized.outputs.ExternalId);
      expect(await toldOf('Third', requestExternalId)).toEqual(['started', 'contained']);
      expect(await toldOf('Fourth', first)).toEqual(['started', 'contained']);
    },
  },
  {
    begins: 'previous=$(aws secretsmanager list-secret-version-ids --secret-id SECRET_ARN --output text',
    as: 'administrator',
    async after() {
      const { outputs, parts } = reader.organized;
      const { Versions = [] } = await new SecretsManagerClient(config()).send(
        new ListSecretVersionIdsCommand({ SecretId: outputs.SecretArn }),
      );
      expect(Versions.flatMap(({ VersionStages = [] }) => VersionStages)).toEqual(['AWSCURRENT']);
      await parts.advance(300);
      reader.mails();
      expect(await toldOf('Fifth', first)).toEqual(['refused']);
    },
  },
  {
    begins:
      'log=$(aws lambda get-function-configuration --function-name RESPONDER_FUNCTION --query LoggingConfig.LogGroup --output text)',
    because: 'moto does not say where a function logs',
  },
  {
    begins:
      'dead=$(aws sqs get-queue-attributes --queue-url DEAD_CONTINUATIONS_URL --attribute-names QueueArn --query Attributes.QueueArn --output text)',
    because: 'moto moves no dead letters back',
  },
  {
    begins: 'aws sqs receive-message --queue-url DEAD_REQUESTS_URL --wait-time-seconds 20 --visibility-timeout 300',
    as: 'administrator',
    async before() {
      const QueueUrl = reader.organized.outputs.DeadRequestsUrl;
      await new SQSClient(config()).send(new SendMessageCommand({ QueueUrl, MessageBody: 'nothing that is known' }));
    },
    after(out) {
      const [, handle = ''] = out.trim().split('\t');
      expect(handle).not.toBe('');
      values.RECEIPT_HANDLE = handle;
    },
  },
  {
    begins: 'aws sqs delete-message --queue-url DEAD_REQUESTS_URL --receipt-handle RECEIPT_HANDLE',
    as: 'administrator',
    async before() {
      expect(await deadRequests()).toBe(1);
    },
    async after() {
      expect(await deadRequests()).toBe(0);
    },
  },
  {
    begins: 'aws lambda put-function-concurrency --function-name RESPONDER_FUNCTION --reserved-concurrent-executions 0',
    as: 'administrator',
    async after() {
      expect(await isRun()).toEqual({ mappings: ['Enabled'], schedule: 'ENABLED', concurrency: 0 });
    },
  },
  {
    begins:
      'function=$(aws lambda get-function-configuration --function-name RESPONDER_FUNCTION --query FunctionArn --output text)',
    as: 'administrator',
    async after() {
      expect(await isRun()).toEqual({ mappings: ['Disabled'], schedule: 'DISABLED', concurrency: 0 });
    },
  },
  {
    begins:
      "mapping=$(aws lambda list-event-source-mappings --function-name RESPONDER_FUNCTION --query 'EventSourceMappings[0].UUID' --output text)",
    as: 'administrator',
    async after() {
      expect(await isRun()).toEqual({ mappings: ['Enabled'], schedule: 'ENABLED', concurrency: undefined });
    },
  },
  {
    begins:
      "lockdown contain arn:aws:iam::111122223333:user/mallory --ledger s3://LEDGER_BUCKET/ledger --reason 'the responder is down' --yes",
    as: 'administrator',
    async after() {
      expect(await isMalloryOut(reader.organized.security)).toBe(true);
      expect(await isMalloryOut(reader.organized.workload)).toBe(false);
    },
  },
  {
    begins:
      'lockdown contain arn:aws:iam::444455556666:user/mallory --ledger s3://LEDGER_BUCKET/ledger --role-name BREAK_GLASS_ROLE',
    as: 'administrator',
    async before() {
      await makeBreakGlassRole();
      values.BREAK_GLASS_ROLE = 'BreakGlass';
    },
    async after() {
      expect(await isMalloryOut(reader.organized.workload)).toBe(true);
    },
  },
  {
    begins: 'lockdown release arn:aws:iam::111122223333:user/mallory --ledger s3://LEDGER_BUCKET/ledger --all-holds',
    as: 'administrator',
    async after() {
      expect(await isMalloryOut(reader.organized.security)).toBe(false);
      expect(await isMalloryOut(reader.organized.workload)).toBe(false);
    },
  },
  {
    begins:
      "lockdown contain arn:aws:iam::111122223333:user/mallory --ledger file:break-glass --reason 'the ledger cannot be reached' --yes",
    as: 'administrator',
    async after() {
      expect(await isMalloryOut(reader.organized.security)).toBe(true);
    },
  },
];

follow('operating.md', steps, { values, words, said: (person, commands) => reader.said(person, commands) });
