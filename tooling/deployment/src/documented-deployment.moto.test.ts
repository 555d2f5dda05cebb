import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  GetRolePolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Moto, type SessionCredentials, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, expect } from 'vitest';
import { accountOf } from '../../scenarios/src/moto/account.ts';
import { expectShutOut } from '../../scenarios/src/moto/shut-out.ts';
import { type World, worldOf } from '../../scenarios/src/moto/worlds.ts';
import { takeFound } from '../../scenarios/src/secrets/gathered.ts';
import { type Account, administrator, assume, createRole } from './accounts.ts';
import { type BetweenParts, betweenParts } from './between-parts.ts';
import type { Ended } from './testing/command.ts';
import { makeMallory } from './testing/deployed-reader.ts';
import { documentedBlocks, firstLine, follow, type Step, valuesOf, withValues } from './testing/documented.ts';
import { home, suspect } from './testing/organization.ts';
import { type Answer, type Clone, clone } from './testing/shell.ts';
import { changeZip } from './zip.ts';

// docs/deploying.md as a reader goes through it: each block of commands as it stands there, with the AWS CLI, by the person whom it is for.

type Person = 'administrator' | 'management' | 'analyst' | 'lead';

/** The management account of the organization. The others get theirs from it. */
const managementId = '777788889999';
/** Words in capitals that are AWS's, or the example's. */
const words = new Set(['CAPABILITY_NAMED_IAM', 'SERVICE_MANAGED', 'DIFFERENCE', 'JSON']);

let moto: Moto;
let here: Clone;
let accounts: { readonly management: Account; readonly security: Account; readonly workload: Account };
let people: { readonly [person in Person]: SessionCredentials };
let parts: BetweenParts;
const values: { [name: string]: string } = { BUCKET: 'code-of-the-responder', ANALYST_ROLE: 'Analyst' };

beforeAll(async () => {
  moto = await startMoto();
  here = clone();
  const management = await administrator(moto.endpoint, managementId);
  const run = (command: string): Promise<string> => said(management.credentials, command);
  await run('aws organizations create-organization');
  const ids = ['security', 'workload'].map(
    (name) =>
      `aws organizations create-account --email ${name}@example.com --account-name ${name} --query CreateAccountStatus.AccountId --output text`,
  );
  const [security = '', workload = ''] = (await run(ids.join('\n'))).split('\n');
  accounts = {
    management,
    security: await administrator(moto.endpoint, security),
    workload: await administrator(moto.endpoint, workload),
  };
  values['111122223333'] = security;
  people = {
    administrator: accounts.security.credentials,
    management: management.credentials,
    analyst: await sessionOf('Analyst'),
    lead: await sessionOf('IncidentLead'),
  };
  await moto.enforcePolicies(true);
});
afterAll(async () => {
  parts?.stop();
  await moto.stop();
});

/** A session of a role that may do nothing yet. */
async function sessionOf(name: string): Promise<SessionCredentials> {
  const arn = await createRole(accounts.security, name, { Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' });
  return await assume(moto.endpoint, accounts.security.credentials, arn);
}

function run(credentials: SessionCredentials, commands: string, answer?: Answer): Promise<Ended> {
  return here.run({ endpoint: moto.endpoint, region: home, credentials, ahead: parts?.ahead() ?? 0 }, commands, answer);
}

/** What commands print, if all of them end well. */
async function said(credentials: SessionCredentials, commands: string, answer?: Answer): Promise<string> {
  const { code, out, err } = await run(credentials, commands, answer);
  if (code !== 0) throw new Error(`${commands}\nended with ${code}: ${out}${err}`);
  return out;
}

const clientsOf = ({ endpoint, credentials }: Account): { readonly iam: IAMClient; readonly sns: SNSClient } => {
  const config = { endpoint, credentials, region: home };
  return { iam: new IAMClient(config), sns: new SNSClient(config) };
};

/** What was built stands for a later release: the stacks begin with one whose zip is another, and whose members may do less. */
function becomeEarlierRelease(): void {
  const hashes = (): readonly string[] => {
    const digest = createHash('sha256').update(readFileSync(pathOfZip()));
    const hex = digest.copy().digest('hex');
    return [hex, hex.slice(0, 16), digest.digest('base64')];
  };
  const before = hashes();
  changeZip(pathOfZip(), 'earlier');
  const after = hashes();
  changeFile(pathOfTemplate('entity-lockdown'), (text) =>
    before.reduce((changed, hash, at) => changed.replaceAll(hash, after[at] ?? ''), text),
  );
  changeFile(pathOfTemplate('entity-lockdown-member'), (text) => text.replaceAll('"iam:TagUser"', '"iam:UntagUser"'));
}

function changeFile(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

const pathOfZip = (): string => join(here.folder, 'apps/responder/dist/responder.zip');
const pathOfTemplate = (name: string): string => join(here.folder, `apps/infra/dist/templates/${name}.template.json`);

/** What the mails since the last time were about. */
let mailsRead = 0;
function kindsOfMails(): readonly (string | undefined)[] {
  const kinds = parts.mails.slice(mailsRead).map(({ attributes }) => attributes.kind?.Value);
  mailsRead = parts.mails.length;
  return kinds;
}

async function isMalloryOut(): Promise<boolean> {
  const { iam } = clientsOf(accounts.security);
  const UserName = 'mallory';
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  const { PolicyNames = [] } = await iam.send(new ListUserPoliciesCommand({ UserName }));
  const states = [AccessKeyMetadata.map(({ Status }) => Status).join(), PolicyNames.length];
  if (states[0] === 'Inactive' && states[1] === 1) return true;
  expect(states).toEqual(['Active', 0]);
  return false;
}

/** From now on what was deployed is run. */
async function runDeployed(): Promise<void> {
  const ahead = parts?.ahead() ?? 0;
  parts?.stop();
  mailsRead = 0;
  const functionName = values.RESPONDER_FUNCTION ?? '';
  parts = await betweenParts({ account: accounts.security, region: home, functionName, zip: pathOfZip(), ahead });
}

const publishing = 'aws sns publish --topic-arn REQUEST_TOPIC_ARN --message contain --message-attributes';
const releasing =
  'lockdown release arn:aws:iam::111122223333:user/mallory --ledger s3://LEDGER_BUCKET/ledger --role-name EntityLockdownRelease';
const synthesizing = 'npx --yes pnpm@12 synth';
const yes: Answer = { question: 'Release arn:', typed: 'y' };

/** The block of the page that begins so, for another entity than the example's. */
function blockFor(begins: string, arn: string): string {
  const block = documentedBlocks('deploying.md').find((each) => firstLine(each) === begins) ?? '';
  expect(block).toContain('arn:aws:iam::111122223333:user/mallory');
  return withValues(block.replace('arn:aws:iam::111122223333:user/mallory', 'ENTITY'), {
    values: { ...values, ENTITY: arn },
    words,
  });
}

let instance: World;
let inWorkload: string;
let held: string;

const steps: readonly Step<Person>[] = [
  {
    begins: synthesizing,
    as: 'administrator',
    after: becomeEarlierRelease,
  },
  {
    begins: 'aws s3 mb s3://BUCKET',
    as: 'administrator',
    async after(out) {
      const outputs = JSON.parse(out.slice(out.indexOf('\n['))) as readonly { OutputKey: string; OutputValue: string }[];
      Object.assign(values, valuesOf(Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))));
      await runDeployed();
    },
  },
  {
    begins: 'aws iam attach-role-policy --role-name ANALYST_ROLE --policy-arn REQUEST_POLICY_ARN',
    as: 'administrator',
    after(out) {
      const { requestExternalId } = JSON.parse(out) as { readonly requestExternalId: string };
      values.SECRET = requestExternalId;
      // Who asks AWS for the secret sees it. Nothing else prints it: what is found after the other steps fails them.
      expect(takeFound()).not.toEqual([]);
    },
  },
  {
    begins: publishing,
    as: 'analyst',
    async before() {
      await makeMallory(accounts.security);
    },
    async after() {
      await parts.advance(180);
      expect(await isMalloryOut()).toBe(true);
      expect(kindsOfMails()).toEqual(['started', 'contained']);
    },
  },
  {
    begins: releasing,
    as: 'lead',
    answer: yes,
    async after() {
      expect(await isMalloryOut()).toBe(false);
      await parts.advance(60);
      expect(kindsOfMails()).toEqual(['released']);
    },
  },
  {
    begins: "aws organizations list-roots --query 'Roots[0].Id' --output text",
    as: 'management',
    after(out) {
      values.ROOT_ID = out.trim();
    },
  },
  {
    begins: 'aws cloudformation create-stack-set --stack-set-name entity-lockdown-member',
    as: 'management',
    async after() {
      inWorkload = await suspect(accounts.workload, 'Suspect');
      await said(people.analyst, blockFor(publishing, inWorkload));
      await parts.advance(180);
      expect(kindsOfMails()).toEqual(['started', 'contained']);
      await said(people.lead, blockFor(releasing, inWorkload), yes);
    },
  },
  {
    begins: 'aws cloudformation list-stack-instances --stack-set-name entity-lockdown-member',
    as: 'management',
    after(out) {
      expect(out).toBe(`${accounts.workload.id}\tSUCCEEDED\n`);
    },
  },
  {
    begins: synthesizing,
    as: 'administrator',
    async before() {
      instance = await worldOf.instance(accountOf(accounts.security, home));
      await parts.advance(60);
      expect(kindsOfMails()).toEqual(['released']);
      await said(people.analyst, blockFor(publishing, instance.arn));
      await parts.settle();
      expect(kindsOfMails()).toEqual(['started']);
    },
    after() {},
  },
  {
    begins: 'aws cloudformation update-stack-set --stack-set-name entity-lockdown-member',
    as: 'management',
    async after() {
      const policy = await clientsOf(accounts.workload).iam.send(
        new GetRolePolicyCommand({ RoleName: 'EntityLockdownContainment', PolicyName: 'Plugins' }),
      );
      expect(decodeURIComponent(policy.PolicyDocument ?? '')).toContain('"iam:TagUser"');
    },
  },
  {
    begins: 'aws cloudformation deploy --stack-name entity-lockdown',
    as: 'administrator',
    async after() {
      await runDeployed();
      await parts.advance(180);
      await expectShutOut.instance(instance);
      expect(kindsOfMails()).toEqual(['contained']);
      expect(parts.lost).toEqual([]);
    },
  },
  {
    begins: 'lockdown status --ledger s3://LEDGER_BUCKET/ledger',
    as: 'lead',
    async before() {
      held = await suspect(accounts.security, 'Held');
      await said(people.analyst, blockFor(publishing, held));
      await parts.advance(180);
      expect(kindsOfMails()).toEqual(['started', 'contained']);
    },
    async after(out) {
      expect(out).toContain(instance.arn);
      expect(out).toContain(held);
      expect(out).not.toContain(inWorkload);
    },
  },
  {
    begins: 'aws cloudformation delete-stack-instances --stack-set-name entity-lockdown-member --regions us-east-1',
    as: 'management',
    async after(out) {
      expect(out).toContain('DELETE\tSUCCEEDED');
      expect(await rolesOf(accounts.workload)).toEqual(['Administrator', 'OrganizationAccountAccessRole', 'Suspect']);
    },
  },
  {
    begins: 'aws cloudformation delete-stack-set --stack-set-name entity-lockdown-member',
    as: 'management',
    async after() {
      const { code } = await run(
        people.management,
        'aws cloudformation describe-stack-set --stack-set-name entity-lockdown-member',
      );
      expect(code).not.toBe(0);
    },
  },
  {
    begins: 'aws iam detach-role-policy --role-name ANALYST_ROLE --policy-arn REQUEST_POLICY_ARN',
    as: 'administrator',
    async after() {
      expect(await whatStays()).toEqual({
        buckets: [values.BUCKET, values.LEDGER_BUCKET].toSorted(),
        roles: ['Administrator', 'Analyst', 'Held', 'IncidentLead', 'OrganizationAccountAccessRole', 'web'],
        policies: ['web-extra'],
        others: [],
      });
      await expectShutOut.instance(instance);
      expect(await policiesOf('Held')).toHaveLength(1);
      await said(people.administrator, `lockdown release ${held} --ledger s3://${values.LEDGER_BUCKET}/ledger`, yes);
      expect(await policiesOf('Held')).toEqual([]);
    },
  },
];

async function policiesOf(RoleName: string): Promise<readonly string[]> {
  return (await clientsOf(accounts.security).iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames ?? [];
}

async function rolesOf(account: Account): Promise<readonly (string | undefined)[]> {
  return ((await clientsOf(account).iam.send(new ListRolesCommand({}))).Roles ?? []).map(({ RoleName }) => RoleName).toSorted();
}

/** What there is of all that the stack makes; a role and a policy are the instance's. */
async function whatStays(): Promise<object> {
  const { endpoint, credentials } = accounts.security;
  const config = { endpoint, credentials, region: home };
  const { iam, sns } = clientsOf(accounts.security);
  const [buckets, policies, functions, topics, subscriptions, queues, rules, secrets] = await Promise.all([
    new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({})),
    iam.send(new ListPoliciesCommand({ Scope: 'Local' })),
    new LambdaClient(config).send(new ListFunctionsCommand({})),
    sns.send(new ListTopicsCommand({})),
    sns.send(new ListSubscriptionsCommand({})),
    new SQSClient(config).send(new ListQueuesCommand({})),
    new EventBridgeClient(config).send(new ListRulesCommand({})),
    new SecretsManagerClient(config).send(new ListSecretsCommand({})),
  ]);
  return {
    buckets: (buckets.Buckets ?? []).map(({ Name }) => Name).toSorted(),
    roles: await rolesOf(accounts.security),
    policies: (policies.Policies ?? []).map(({ PolicyName }) => PolicyName),
    others: [
      functions.Functions,
      topics.Topics,
      subscriptions.Subscriptions,
      queues.QueueUrls,
      rules.Rules,
      secrets.SecretList,
    ].flatMap((found: readonly unknown[] | undefined) => found ?? []),
  };
}

follow('deploying.md', steps, { values, words, said: (person, commands, answer) => said(people[person], commands, answer) });
