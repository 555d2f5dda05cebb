// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of policies
import { expect, test } from 'vitest';
import { chance } from './chance.ts';
import { caseMaker } from './policies/generate.ts';
import { callerArn, type Decision, type Document, type PolicyCase } from './policies/policy-case.ts';
import { sandboxDecision } from './policies/sandbox-decision.ts';
import { simulatorDecision } from './policies/simulator-decision.ts';
import { account, began, bucket, policyWorld } from './policies/world.ts';

// The sandbox's evaluation of policies, beside that of `@cloud-copilot/iam-simulate`, which shares nothing with it. The simulator is
// AGPL: it is here for this test, and in nothing that is published.

const world = policyWorld();
const cases = 3_000;
const seed = Number(process.env.LOCKDOWN_SEED ?? 1);

test(`${cases} requests are decided alike, from seed ${seed}`, async () => {
  const make = caseMaker(world, chance(seed));
  const decided = new Map<string, number>();
  for (let at = 0; at < cases; at += 1) {
    const given = make();
    const [sandbox, simulator] = [await sandboxDecision(world, given), await simulatorDecision(given)];
    expect(sandbox, `LOCKDOWN_SEED=${seed}, case ${at}: ${JSON.stringify(given, undefined, 1)}`).toBe(simulator);
    const who = `${given.caller.name}, ${sandbox}`;
    decided.set(who, (decided.get(who) ?? 0) + 1);
  }
  // Agreement says little where nothing is allowed, or nothing denied.
  expect(decided.size).toBe(9);
  for (const [who, times] of decided) expect(times, who).toBeGreaterThan(cases / 100);
});

const user = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';
const object = `arn:aws:s3:::${bucket}/red/k`;
const task = `arn:aws:lambda:eu-west-1:${account}:function:task`;

function document(...Statement: object[]): Document {
  return { Version: '2012-10-17', Statement };
}

const all = { Effect: 'Allow', Action: '*', Resource: '*' };

/** The role's session reads an object. */
function reading(more: Partial<PolicyCase>): PolicyCase {
  const caller = world.principals.find(({ kind }) => kind === 'role');
  if (caller === undefined) throw new Error('no role');
  return {
    caller,
    temporary: true,
    carried: {},
    action: 's3:GetObject',
    resource: object,
    owner: account,
    context: {},
    issued: began,
    now: began,
    identity: [document(all)],
    ...more,
  };
}

interface Difference {
  readonly what: string;
  /** Where AWS says so. */
  readonly page: string;
  readonly given: PolicyCase;
  readonly aws: Decision;
  readonly simulator: Decision;
}

/** Where the simulator decides otherwise than AWS's documentation. One that it has mended since fails, and goes to the generator. */
const differences: readonly Difference[] = [
  {
    what: 'what a bucket grants to a session itself needs no allow in its session policy',
    page: `${user}/reference_policies_evaluation-logic_policy-eval-denyallow.html`,
    given: reading({
      session: document({ ...all, Action: 'iam:*' }),
      bucket: document({ ...all, Resource: object, Principal: { AWS: callerArn(reading({})) } }),
    }),
    aws: 'Allowed',
    simulator: 'ImplicitlyDenied',
  },
  {
    what: 'lambda:SourceFunctionArn is known to identity policies alone',
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html',
    given: reading({
      carried: { 'lambda:SourceFunctionArn': task },
      bucket: document({
        Effect: 'Deny',
        Principal: '*',
        Action: '*',
        Resource: object,
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': task } },
      }),
    }),
    aws: 'Allowed',
    simulator: 'ExplicitlyDenied',
  },
  {
    what: 'nothing equals a variable without a value, so that StringNotEquals holds',
    page: `${user}/reference_policies_variables.html`,
    given: reading({
      identity: [document(all, { ...all, Effect: 'Deny', Condition: { StringNotEquals: { 'aws:userid': '${aws:username}' } } })],
    }),
    aws: 'ExplicitlyDenied',
    simulator: 'Allowed',
  },
  {
    what: 'a NotResource with a variable without a value excepts no resource',
    page: `${user}/reference_policies_variables.html`,
    given: reading({
      identity: [document(all, { Effect: 'Deny', Action: '*', NotResource: `arn:aws:s3:::${bucket}/\${aws:username}/*` })],
    }),
    aws: 'ExplicitlyDenied',
    simulator: 'Allowed',
  },
  {
    what: 'variables came with version 2012-10-17 of the language',
    page: `${user}/reference_policies_elements_version.html`,
    given: reading({
      identity: [
        { Version: '2008-10-17', Statement: [{ ...all, Resource: `arn:aws:s3:::${bucket}/\${aws:RequestTag/team}/*` }] },
      ],
      context: { 'aws:RequestTag/team': 'red' },
    }),
    aws: 'ImplicitlyDenied',
    simulator: 'Allowed',
  },
  {
    what: 'a NotResource may end in a wildcard that reaches over the colons',
    page: `${user}/reference_policies_elements_resource.html`,
    given: reading({ identity: [document(all, { Effect: 'Deny', Action: '*', NotResource: 'arn:aws:iam::*' })] }),
    aws: 'ExplicitlyDenied',
    simulator: 'Allowed',
  },
  {
    what: 'a date may be in seconds since the epoch',
    page: `${user}/reference_policies_elements_condition_operators.html#Conditions_Date`,
    given: reading({
      identity: [
        document(all, {
          ...all,
          Effect: 'Deny',
          Condition: { DateGreaterThan: { 'aws:CurrentTime': String(Date.parse('2030-01-01') / 1_000) } },
        }),
      ],
    }),
    aws: 'Allowed',
    simulator: 'ExplicitlyDenied',
  },
];

test.each(differences)('$what ($page)', async ({ given, aws, simulator }) => {
  expect([await sandboxDecision(world, given), await simulatorDecision(given)]).toEqual([aws, simulator]);
});
