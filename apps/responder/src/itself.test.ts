import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { iamOf } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { findingsTopic, functionRole, home, region } from './testing/deployment.ts';
import { makeUser, withoutWaits } from './testing/entities.ts';
import { finding } from './testing/finding.ts';
import { account, minutes, type Scene, sceneOf } from './testing/scene.ts';
import { kindsOf } from './testing/standing.ts';

// What is Entity Lockdown's own is not contained, whoever asks, whatever it is called, and in whichever account.

const release = 'lockdown/Release';

/** The deployment with what the templates make beside what the simulation does: the release roles, and the function in its account. */
function deployed(rules: object = {}): Scene {
  const environment = { LOCKDOWN_RELEASE_ROLE_NAME: release, LOCKDOWN_FINDING_RULES: JSON.stringify(rules) };
  const of = sceneOf(makeUser, { environment });
  withoutWaits(of.sandbox, home);
  for (const id of [home, account])
    of.admin(id).run(
      new CreateRoleCommand({
        RoleName: 'Release',
        Path: '/lockdown/',
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        }),
      }),
    );
  makeFunction(of, home, 'responder', functionRole);
  return of;
}

function makeFunction(of: Scene, id: string, FunctionName: string, Role: string): string {
  const Code = { ZipFile: new Uint8Array([80, 75]) };
  of.admin(id).run(
    new CreateFunctionCommand({ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code }),
    region,
  );
  return `arn:aws:lambda:${region}:${id}:function:${FunctionName}`;
}

/** All that a containment would change of it. */
function itself(of: Scene): unknown {
  const roles = [home, account].map((id) =>
    [...iamOf(of.sandbox.world, id).roles.values()].map(({ name, inline, attached, boundary, tags }) =>
      structuredClone({ name, inline, attached, boundary, tags }),
    ),
  );
  return { roles, concurrency: of.admin(home).run(new GetFunctionConcurrencyCommand({ FunctionName: 'responder' }), region) };
}

test.each([
  ...[home, account].flatMap((id) => [
    `arn:aws:iam::${id}:role/lockdown/EntityLockdown`,
    `arn:aws:iam::${id}:role/EntityLockdown`,
    `arn:aws:iam::${id}:role/old/entitylockdown`,
    `arn:aws:sts::${id}:assumed-role/EntityLockdown/responder`,
    `arn:aws:iam::${id}:role/lockdown/Release`,
    `arn:aws:iam::${id}:role/Release`,
    `arn:aws:iam::${id}:role/old/release`,
    `arn:aws:sts::${id}:assumed-role/Release/alice`,
  ]),
  functionRole,
  `arn:aws:iam::${home}:role/old/responderfunction`,
  `arn:aws:sts::${home}:assumed-role/ResponderFunction/responder`,
  `arn:aws:lambda:${region}:${home}:function:responder`,
  `arn:aws:lambda:${region}:${home}:function:responder:live`,
])('%s is refused, by one mail', async (arn) => {
  const of = deployed();
  const before = itself(of);
  of.publish({ body: JSON.stringify({ arn }) });
  await of.run(20 * minutes);
  expect(itself(of)).toEqual(before);
  expect(kindsOf(of)).toEqual(['refused']);
  expect([...of.deadContinuations.messages, ...of.deadRequests.messages]).toEqual([]);
});

test.each(['EntityLockdown', 'Release', 'ResponderFunction'])(
  'the role %s is not denied by way of a function that has it, and that is said',
  async (name) => {
    const of = deployed();
    const before = itself(of);
    const path = name === 'ResponderFunction' ? '' : 'lockdown/';
    const arn = makeFunction(of, home, 'task', `arn:aws:iam::${home}:role/${path}${name}`);
    of.publish({ body: JSON.stringify({ arn }) });
    await of.run(5 * minutes);
    expect(itself(of)).toEqual(before);
    expect(kindsOf(of)).toEqual(['started', 'partial']);
    expect(of.mails[1]?.body).toMatch(/protected by Entity Lockdown|who Entity Lockdown acts as/);
  },
);

const containAll = { contain: [{ types: ['*'], severity: 'low' }] };

test.each([
  ['the containment role', `arn:aws:iam::${account}:role/EntityLockdown`, containAll, 'finding'],
  ['the role of the function, as the templates list it', functionRole, { ...containAll, ownRoles: [functionRole] }, 'finding'],
  ['the role of the function, where nobody lists it', functionRole, containAll, 'refused'],
  ['the release role', `arn:aws:iam::${account}:role/Release`, containAll, 'refused'],
] as const)('a finding that names %s contains nothing, whatever the rules say, and is told', async (_, arn, rules, kind) => {
  const of = deployed(rules);
  const before = itself(of);
  of.publish({ body: finding(arn), topic: findingsTopic, attributes: {} });
  await of.run(5 * minutes);
  expect(itself(of)).toEqual(before);
  expect(kindsOf(of)).toEqual([kind]);
});

test('the mail says what to do where it was compromised', async () => {
  const of = deployed();
  of.publish({ body: JSON.stringify({ arn: `arn:aws:iam::${account}:role/${release}` }) });
  await of.run(minutes);
  expect(of.mails[0]?.body).toContain('If it was compromised, contain it with the command lockdown');
  expect(of.mails[0]?.body).not.toContain('protected list');
});
