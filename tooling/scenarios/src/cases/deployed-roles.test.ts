import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { type ResolvedResource, resolveTemplate } from '@entity-lockdown/deployment';
import { synthesize } from '@entity-lockdown/infra';
import { iamOf, secretMark } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { allPlugins } from '../harness.ts';
import {
  account,
  instance,
  lambda,
  mapping,
  type Organization,
  organization,
  profile,
  provisioned,
  role,
  user,
} from './organization.ts';

// The roles as the templates make them, in a sandbox that evaluates their policies with resources, conditions and trust: with nothing else
// the real core contains and releases an entity of each type, in every partition.

const templates = synthesize(
  allPlugins.plugins.map(({ manifest }) => manifest),
  '0'.repeat(64),
);
const ExternalId = `${secretMark}-external-id`;

/** Makes the roles of a stack. */
function deploy(of: Organization, resources: { readonly [id: string]: ResolvedResource }): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    const { RoleName, Path, AssumeRolePolicyDocument, Policies } = Properties as {
      readonly RoleName: string;
      readonly Path: string;
      readonly AssumeRolePolicyDocument: object;
      readonly Policies: readonly { readonly PolicyName: string; readonly PolicyDocument: object }[];
    };
    const trust = JSON.stringify(AssumeRolePolicyDocument);
    of.run(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: trust }));
    for (const { PolicyName, PolicyDocument } of Policies)
      of.run(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }));
  }
}

function deployed(partition: string, RolePath = ''): Organization {
  const of = organization({ partition });
  const lead = role(of, 'IncidentLead');
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [assume] });
  of.run(new PutRolePolicyCommand({ RoleName: 'IncidentLead', PolicyName: 'assume', PolicyDocument }));
  const parameters = { CodeBucket: 'code', MemberExternalId: ExternalId, ReleasePrincipals: lead, RolePath };
  deploy(of, resolveTemplate(templates.securityAccount, { partition, account, region: of.region, parameters }));
  return of;
}

const session = (of: Organization, name: string): string => `arn:${of.partition}:sts::${account}:assumed-role/${name}/test`;

/** As the responder. */
const responder = (of: Organization, path = '') =>
  of.process({
    as: session(of, 'EntityLockdownResponder'),
    roleName: `${path}EntityLockdownContainment`,
    externalId: ExternalId,
  });

/** As one of the humans who may release. */
const lead = (of: Organization, path = '') =>
  of.process({ as: session(of, 'IncidentLead'), roleName: `${path}EntityLockdownRelease` });

const entities: { readonly [type: string]: (of: Organization) => string } = {
  user: (of) => user(of, 'alice', '/staff/'),
  role: (of) => role(of, 'app', '/team/ops/'),
  function: (of) => {
    const arn = lambda(of, 'task', role(of, 'task'));
    provisioned(of, 'task', 3);
    mapping(of, 'task', 'jobs');
    return arn;
  },
  instance: (of) => {
    role(of, 'web', '/team/web/');
    return instance(of, profile(of, 'web'));
  },
};

describe.each(['aws', 'aws-cn', 'aws-us-gov'])('in %s', (partition) => {
  test.each(Object.keys(entities))('a %s is contained by the responder, and released by a human', async (type) => {
    const of = deployed(partition);
    const arn = entities[type]?.(of) ?? '';
    const before = of.sandbox.dump();
    const { record } = await responder(of).contain(arn);
    expect(record).toMatchObject({ state: 'contained', failures: [] });
    const released = await lead(of).release(arn);
    expect(released.record).toMatchObject({ state: 'released', failures: [] });
    expect(of.sandbox.dump()).toEqual(before);
    expect(of.sandbox.calls.filter(({ error }) => /^(AccessDenied|Unauthorized)/.test(error ?? ''))).toEqual([]);
  });
});

test('roles with a path', async () => {
  const of = deployed('aws', 'security/lockdown/');
  const arn = user(of, 'alice');
  expect((await responder(of, 'security/lockdown/').contain(arn)).record.state).toBe('contained');
  expect((await lead(of, 'security/lockdown/').release(arn)).record.state).toBe('released');
});

test.each(['EntityLockdownResponder', 'EntityLockdownContainment', 'EntityLockdownRelease'])(
  'whatever is asked for, %s is not changed',
  async (name) => {
    const of = deployed('aws');
    const policies = (): unknown => {
      const { lastUsed: _, ...its } = iamOf(of.sandbox.world, account).roles.get(name.toLowerCase()) ?? {};
      return structuredClone(its);
    };
    const before = policies();
    // By its ARN, and through a function that has it: the function's ARN does not say so.
    const task = lambda(of, 'task', `arn:aws:iam::${account}:role/${name}`);
    for (const arn of [`arn:aws:iam::${account}:role/${name}`, task])
      await responder(of)
        .contain(arn)
        .catch(() => undefined);
    expect(before).toMatchObject({ name });
    expect(policies()).toEqual(before);
  },
);

test.each([
  ['the responder without the external id', 'EntityLockdownResponder', 'EntityLockdownContainment', undefined],
  ['the responder with another external id', 'EntityLockdownResponder', 'EntityLockdownContainment', `${secretMark}-other`],
  ['a human with the external id', 'IncidentLead', 'EntityLockdownContainment', ExternalId],
  ['the responder on the way to release', 'EntityLockdownResponder', 'EntityLockdownRelease', undefined],
] as const)('%s assumes no role', async (_, who, roleName, externalId) => {
  const of = deployed('aws');
  const arn = user(of, 'alice');
  const before = of.sandbox.dump();
  const host = of.process({ as: session(of, who), roleName, ...(externalId !== undefined && { externalId }) });
  await host.contain(arn).catch(() => undefined);
  expect(of.sandbox.dump()).toEqual(before);
  const assumed = of.sandbox.calls.filter(({ operation }) => operation === 'AssumeRole');
  expect(assumed.length).toBeGreaterThan(0);
  for (const { error } of assumed) expect(error).toMatch(/^AccessDenied/);
});
