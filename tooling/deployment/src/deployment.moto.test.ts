import { IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, assume, createRole } from './accounts.ts';
import type { Asked } from './testing/handler.ts';
import { elsewhere, handlerZip, home, ids, type Organization, organization, suspect } from './testing/organization.ts';
import { manifests } from './testing/plugins.ts';

let moto: Moto;
let zip: string;
let made: Organization | undefined;
beforeAll(async () => {
  [moto, zip] = await Promise.all([startMoto(), handlerZip()]);
});
afterAll(() => moto.stop());
beforeEach(() => moto.reset());
afterEach(() => made?.parts.stop());

type Change = NonNullable<Parameters<typeof organization>[0]['change']>;

async function deployed(change?: Change, second = 1_000): Promise<Organization> {
  made = await organization({ moto, manifests, zip, second, ...(change && { change }) });
  return made;
}

function publish(
  { endpoint, credentials }: Pick<Account, 'endpoint' | 'credentials'>,
  topic: string | undefined,
  asked: Asked,
): Promise<unknown> {
  const sns = new SNSClient({ endpoint, region: home, credentials, maxAttempts: 1 });
  return sns.send(new PublishCommand({ TopicArn: topic, Message: JSON.stringify(asked) }));
}

async function policiesOf({ endpoint, credentials }: Account, role: string): Promise<readonly string[]> {
  const iam = new IAMClient({ endpoint, region: home, credentials });
  return (await iam.send(new ListRolePoliciesCommand({ RoleName: role }))).PolicyNames ?? [];
}

/** Leaves out resources, or parts of them. */
function without(leaveOut: (resources: { [id: string]: { Type: string; Properties: Record<string, unknown> } }) => void): Change {
  return (templates) => {
    const changed = structuredClone(templates);
    leaveOut((changed.securityAccount as { Resources: Parameters<typeof leaveOut>[0] }).Resources);
    return changed;
  };
}

function withoutType(type: string, which: (properties: Record<string, unknown>) => boolean = () => true): Change {
  return without((resources) => {
    const found = Object.keys(resources).filter((id) => resources[id]?.Type === type && which(resources[id].Properties));
    expect(found).not.toEqual([]);
    for (const id of found) delete resources[id];
  });
}

function withoutAction(action: string): Change {
  return (templates) => {
    const text = JSON.stringify(templates);
    expect(text).toContain(`"${action}"`);
    return JSON.parse(text.replaceAll(`"${action}"`, `"${action}Not"`)) as typeof templates;
  };
}

const subjects = ({ parts }: Organization): readonly string[] =>
  parts.mails.filter(({ to }) => to === 'soc@example.com').map(({ subject }) => subject ?? '');

describe('the deployment', () => {
  test('contains in three accounts and two Regions for one who may only publish, and tells everybody', async () => {
    const organized = await deployed();
    const { security, workload, other, outputs, parts } = organized;
    const analyst = await createRole(security, 'Analyst', {
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: outputs.RequestTopicArn,
    });
    const credentials = await assume(moto.endpoint, security.credentials, analyst);
    for (const account of [security, workload, other]) {
      const role = await suspect(account, `Suspect${account.id}`);
      await publish({ endpoint: moto.endpoint, credentials }, outputs.RequestTopicArn, {
        do: 'contain',
        role,
        region: elsewhere,
      });
    }
    await parts.settle();
    for (const account of [security, workload, other])
      expect(await policiesOf(account, `Suspect${account.id}`)).toEqual(['Denied']);
    expect(subjects(organized)).toEqual(['contained', 'contained', 'contained', 'continued', 'continued', 'continued']);
    expect(parts.mails.filter(({ to }) => to === 'lead@example.com')).toHaveLength(6);
    expect(parts.lost).toEqual([]);
  });

  test('left to itself, it makes a secret, and contains in all accounts', async () => {
    const { security, outputs, parts } = await deployed();
    const client = new SecretsManagerClient({ endpoint: moto.endpoint, region: home, credentials: security.credentials });
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: outputs.SecretArn }));
    const { requestExternalId, memberExternalId } = JSON.parse(SecretString) as { readonly [name: string]: string };
    // As long as one that is given must be.
    expect(requestExternalId?.length).toBeGreaterThanOrEqual(22);
    expect(memberExternalId).toBe(outputs.ExternalId);
    expect(parts.function.configuration.Environment?.Variables).toMatchObject({ LOCKDOWN_ACCOUNTS: '' });
  });

  test('the queue keeps a message for its delay', async () => {
    const organized = await deployed();
    const { workload, outputs, parts, security } = organized;
    const role = await suspect(workload, 'Suspect');
    await publish(security, outputs.RequestTopicArn, { do: 'contain', role, delay: 120 });
    await parts.advance(115);
    expect(subjects(organized)).toEqual(['contained']);
    await parts.advance(10);
    expect(subjects(organized)).toEqual(['contained', 'continued']);
  });

  test.each([
    ['throws', 'throw', 1_000],
    ['ends', 'exit', 1_000],
    ['runs out of time', 'hang', 50],
  ] as const)('a handler that %s is run three times; then the sweep tells of the dead letter', async (_, what, second) => {
    const organized = await deployed(undefined, second);
    const { outputs, parts, security } = organized;
    await publish(security, outputs.RequestTopicArn, { do: what });
    await parts.advance(300);
    const tries = parts.invocations.filter(({ event }) => JSON.stringify(event).includes('aws:sns'));
    expect(tries.map(({ answer }) => 'error' in answer)).toEqual([true, true, true]);
    expect(subjects(organized)).toEqual(['dead request']);
    expect(JSON.parse(parts.mails[0]?.body ?? '').body).toContain('RetriesExhausted');
  });

  test('a poisonous continuation is tried five times, then tells of itself, and spoils nothing beside it', async () => {
    const organized = await deployed();
    const { outputs, parts, security } = organized;
    const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient({ endpoint: moto.endpoint, region: home, credentials: security.credentials });
    const QueueUrl = parts.function.configuration.Environment?.Variables?.LOCKDOWN_CONTINUATIONS;
    for (const what of ['throw', 'continue'])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ do: what }) }));
    await parts.advance(5 * 360 + 120);
    expect(subjects(organized)).toEqual(['continued', 'dead continuation']);
    expect(outputs.DeadContinuationsUrl).toContain(ids.security);
  });

  test('findings come by a rule of this account alone', async () => {
    const { outputs, parts, security, workload } = await deployed();
    const topic = outputs.FindingsTopicArn ?? '';
    await expect(publish(security, topic, { do: 'continue' })).rejects.toThrow(/Access ?Denied|not authorized/i);
    const ruleOf = (account: string): string => `arn:aws:events:${home}:${account}:rule/guardduty`;
    expect(await parts.publishFromRule(topic, { do: 'continue' }, ruleOf(workload.id))).toBe(false);
    expect(await parts.publishFromRule(topic, { do: 'continue' }, ruleOf(security.id))).toBe(true);
    expect(await parts.publishFromRule(topic, { do: 'continue' })).toBe(true);
    await parts.settle();
    expect(parts.mails.map(({ subject }) => subject)).toEqual(['finding', 'finding', 'finding', 'finding']);
  });

  test('nobody but the responder may assume the containment role, and the responder only with the external id', async () => {
    const { security, workload, outputs, parts } = await deployed();
    const role = `arn:aws:iam::${ids.workload}:role/EntityLockdownContainment`;
    await expect(assume(moto.endpoint, security.credentials, role, outputs.ExternalId)).rejects.toThrow(
      /Access ?Denied|not authorized/i,
    );
    await expect(assume(moto.endpoint, workload.credentials, role, outputs.ExternalId)).rejects.toThrow(
      /Access ?Denied|not authorized/i,
    );
    expect(parts.function.configuration.Role).toBe(outputs.ResponderRoleArn);
  });

  test('the humans named may assume the release role', async () => {
    const { security } = await deployed();
    const release = `arn:aws:iam::${ids.workload}:role/EntityLockdownRelease`;
    for (const [name, may] of [
      ['IncidentLead', true],
      ['Intern', false],
    ] as const) {
      const arn = await createRole(security, name, { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
      const credentials = await assume(moto.endpoint, security.credentials, arn);
      const tried = assume(moto.endpoint, credentials, release);
      if (may) await tried;
      else await expect(tried).rejects.toThrow(/Access ?Denied|not authorized/i);
    }
  });
});

describe('what the templates leave out is missed', () => {
  async function run(change: Change): Promise<Organization> {
    const organized = await deployed(change);
    const role = await suspect(organized.workload, 'Suspect');
    await publish(organized.security, organized.outputs.RequestTopicArn, { do: 'contain', role });
    await organized.parts.settle();
    return organized;
  }

  test('the subscription to the request topic', async () => {
    const { parts, workload } = await run(withoutType('AWS::SNS::Subscription', ({ Protocol }) => Protocol === 'lambda'));
    expect(parts.invocations).toEqual([]);
    expect(await policiesOf(workload, 'Suspect')).toEqual([]);
  });

  test("SNS's permission to invoke: the message goes to the dead letters", async () => {
    const organized = await run(withoutType('AWS::Lambda::Permission', ({ Principal }) => Principal === 'sns.amazonaws.com'));
    expect(await policiesOf(organized.workload, 'Suspect')).toEqual([]);
    await organized.parts.advance(120);
    expect(subjects(organized)).toEqual(['dead request']);
  });

  test('the mapping of the queue', async () => {
    const organized = await run(withoutType('AWS::Lambda::EventSourceMapping'));
    await organized.parts.advance(60);
    expect(subjects(organized)).toEqual(['contained']);
  });

  test('the permission of the schedule', async () => {
    const { parts } = await run(withoutType('AWS::Lambda::Permission', ({ Principal }) => Principal === 'events.amazonaws.com'));
    await parts.advance(60);
    expect(parts.lost).toEqual([expect.stringContaining('EventBridge may not invoke')]);
  });

  test.each([
    'sqs:SendMessage',
    's3:PutObject',
    's3:GetObject',
    's3:ListBucket',
    's3:DeleteObject',
    'secretsmanager:GetSecretValue',
    'iam:GetRole',
    'iam:PutRolePolicy',
  ])('%s', async (action) => {
    const { workload, parts } = await run(withoutAction(action));
    expect(await policiesOf(workload, 'Suspect')).toEqual([]);
    expect(parts.invocations.some(({ answer }) => 'error' in answer)).toBe(true);
  });

  test('the audit topic in the policy of the responder', async () => {
    const organized = await run(
      without((resources) => {
        for (const { Type, Properties } of Object.values(resources)) {
          if (Type !== 'AWS::IAM::Role') continue;
          Properties.Policies = JSON.parse(JSON.stringify(Properties.Policies).replaceAll('"sns:Publish"', '"sns:PublishNot"'));
        }
      }),
    );
    expect(await policiesOf(organized.workload, 'Suspect')).toEqual(['Denied']);
    expect(subjects(organized)).toEqual([]);
  });
});
