import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
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
import { home, ids } from './testing/organization.ts';

// docs/publishing.md as a reader goes through it: each block of commands as it stands there, by the person whom it is for.

const mallory = `arn:aws:iam::${ids.security}:user/mallory`;
const values: { [name: string]: string } = {};
const words = new Set(['CAPABILITY_NAMED_IAM']);

let reader: DeployedReader;
beforeAll(async () => {
  reader = await deployedReader('planted-secret-of-requests-0001');
  Object.assign(values, reader.values);
  await makeMallory(reader.organized.security);
});
afterAll(() => reader?.stop());

function config(): { endpoint: string; region: string; credentials: SessionCredentials } {
  const { endpoint, credentials } = reader.organized.security;
  return { endpoint, region: home, credentials };
}

/** Mallory is contained and everybody is told, for the reason that was given; a lead releases. */
async function expectContained(...told: readonly string[]): Promise<void> {
  const { parts, security, outputs } = reader.organized;
  await parts.advance(120);
  expect(await isMalloryOut(security)).toBe(true);
  const mails = reader.mails();
  expect(mails.map(({ kind }) => kind)).toEqual(['started', 'contained']);
  for (const text of told) expect(mails[0]?.body).toContain(text);
  const release = `lockdown release ${mallory} --all-holds --ledger ${outputs.Ledger} --role-name EntityLockdownRelease --yes`;
  await reader.said('lead', release);
  expect(await isMalloryOut(security)).toBe(false);
  await parts.advance(60);
  expect(reader.mails().map(({ kind }) => kind)).toEqual(['released']);
}

/** The rule has the findings topic as its target, which takes from it. */
async function expectPublishing(rule: string): Promise<void> {
  const { outputs, parts } = reader.organized;
  const topic = outputs.FindingsTopicArn ?? '';
  const { Targets } = await new EventBridgeClient(config()).send(new ListTargetsByRuleCommand({ Rule: rule }));
  expect(Targets).toEqual([{ Id: 'lockdown', Arn: topic }]);
  expect(await parts.publishFromRule(topic, { source: 'nothing that is known' })).toBe(true);
}

const steps: readonly (Step<DeployedPerson> | LeftOut)[] = [
  {
    begins: 'aws iam attach-role-policy --role-name ANALYST_ROLE --policy-arn REQUEST_POLICY_ARN',
    as: 'administrator',
    after() {},
  },
  {
    begins: "aws sns publish --topic-arn REQUEST_TOPIC_ARN --message 'key found in a public repository' --message-attributes",
    as: 'analyst',
    after: () => expectContained('key found in a public repository'),
  },
  {
    begins: 'aws sns publish --topic-arn REQUEST_TOPIC_ARN',
    as: 'analyst',
    after: () => expectContained('key found in a public repository', 'INC-42'),
  },
  {
    begins: 'lockdown request arn:aws:iam::111122223333:user/mallory --topic REQUEST_TOPIC_ARN --external-id SECRET',
    as: 'analyst',
    after: () => expectContained('key found in a public repository', 'INC-42'),
  },
  {
    begins:
      'aws sqs create-queue --queue-name lockdown-outcomes --attributes \'{"Policy":"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Principal\\":{\\"Service\\":\\"sns.amazonaws.com\\"},\\"Action\\":\\"sqs:SendMessage\\",\\"Resource\\":\\"*\\",\\"Condition\\":{\\"ArnEquals\\":{\\"aws:SourceArn\\":\\"AUDIT_TOPIC_ARN\\"}}}]}"}\'',
    as: 'administrator',
    async after() {
      await reader.said(
        'analyst',
        `aws sns publish --topic-arn ${reader.organized.outputs.RequestTopicArn} --message '{"arn":"${mallory}"}'`,
      );
      await reader.organized.parts.settle();
      expect(reader.mails().map(({ kind }) => kind)).toEqual(['refused']);
      const QueueUrl = `${config().endpoint}/${ids.security}/lockdown-outcomes`;
      const { Messages = [] } = await new SQSClient(config()).send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages.map(({ Body = '' }) => JSON.parse(Body).MessageAttributes.kind.Value)).toEqual(['refused']);
    },
  },
  {
    begins:
      "aws securityhub create-action-target --name Contain --id EntityLockdown --description 'Entity Lockdown contains who acted'",
    because: 'moto has no action targets of Security Hub',
  },
  {
    begins: 'aws events put-rule --name lockdown-custom-action',
    as: 'administrator',
    async before() {
      values.ACTION_ARN = `arn:aws:securityhub:${home}:${ids.security}:action/custom/EntityLockdown`;
    },
    after: () => expectPublishing('lockdown-custom-action'),
  },
  {
    begins: 'aws events put-rule --name lockdown-guardduty',
    as: 'administrator',
    after: () => expectPublishing('lockdown-guardduty'),
  },
  {
    begins:
      "aws guardduty create-sample-findings --detector-id DETECTOR_ID --finding-types 'CryptoCurrency:EC2/BitcoinTool.B!DNS'",
    because: 'moto has no findings of GuardDuty',
  },
  {
    begins:
      'aws cloudformation deploy --stack-name entity-lockdown --template-file apps/infra/dist/templates/entity-lockdown.template.json',
    as: 'administrator',
    async after() {
      const { Environment } = await new LambdaClient(config()).send(
        new GetFunctionConfigurationCommand({ FunctionName: reader.organized.outputs.ResponderFunction }),
      );
      expect(JSON.stringify(Environment)).toContain('CryptoCurrency:*');
    },
  },
];

follow('publishing.md', steps, { values, words, said: (person, commands) => reader.said(person, commands) });
