import { CreateRoleCommand, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { type Progress, resolve } from '@entity-lockdown/core';
import { iamOf, secretMark } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { allPlugins } from '../harness.ts';
import {
  account,
  allowed,
  answerTo,
  instance,
  lambda,
  type Organization,
  organization,
  profile,
  role,
  user,
} from './organization.ts';

describe('every spelling of an ARN is one entity of one type, or a refusal', () => {
  const at = `${account}`;

  test.each([
    ['aws.iam.user', `arn:aws:iam::${at}:user/alice`],
    ['aws.iam.user', `arn:aws-cn:iam::${at}:user/team/ops/alice`],
    ['aws.iam.role', `arn:aws:iam::${at}:role/app`],
    ['aws.iam.role', `arn:aws-us-gov:iam::${at}:role/team/app`],
    ['aws.iam.role', `arn:aws:sts::${at}:assumed-role/app/mallory`],
    ['aws.iam.role', `arn:aws:sts::${at}:assumed-role/app/i-0123456789abcdef0`],
    ['aws.lambda.function', `arn:aws:lambda:eu-west-1:${at}:function:etl`],
    ['aws.lambda.function', `arn:aws:lambda:eu-west-1:${at}:function:etl:live`],
    ['aws.lambda.function', `arn:aws-cn:lambda:cn-north-1:${at}:function:etl:7`],
    ['aws.lambda.function', `arn:aws:lambda:eu-west-1:${at}:function:etl:$LATEST`],
    ['aws.ec2.instance', `arn:aws:ec2:eu-west-1:${at}:instance/i-0123456789abcdef0`],
    ['aws.ec2.instance', `arn:aws-us-gov:ec2:us-gov-west-1:${at}:instance/i-1a2b3c4d`],
  ])('%s: %s', async (type, arn) => {
    const { registered, entity } = await resolve(allPlugins, arn);
    expect(registered.manifest.id).toBe(type);
    expect(entity.account).toBe(account);
  });

  test.each([
    `arn:aws:iam::${at}:root`,
    `arn:aws:iam::${at}:group/admins`,
    `arn:aws:iam::${at}:policy/limits`,
    `arn:aws:iam::${at}:instance-profile/web`,
    `arn:aws:iam::${at}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    `arn:aws:iam::${at}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`,
    `arn:aws:sts::${at}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice`,
    `arn:aws:sts::${at}:federated-user/bob`,
    `arn:aws:lambda:eu-west-1:${at}:layer:tools:1`,
    `arn:aws:lambda:eu-west-1:${at}:event-source-mapping:0b1c`,
    `arn:aws:lambda:eu-west-1:${at}:function:etl:*`,
    `arn:aws:ec2:eu-west-1:${at}:volume/vol-0123456789abcdef0`,
    `arn:aws:ec2:eu-west-1:${at}:network-interface/eni-0123456789abcdef0`,
    `arn:aws:ec2:cn-north-1:${at}:instance/i-0123456789abcdef0`,
    `arn:aws:s3:::bucket`,
    'AKIAIOSFODNN7EXAMPLE',
    'ASIAIOSFODNN7EXAMPLE',
    'i-0123456789abcdef0',
    'alice',
    '',
  ])('"%s" is refused, with what to use', async (text) => {
    const { failure } = await resolve(allPlugins, text).then(
      () => {
        throw new Error('it was resolved');
      },
      (error: { failure: { message: string; next: string } }) => error,
    );
    expect(failure.message).not.toBe('');
    expect(failure.next.length).toBeGreaterThan(10);
  });

  test('who has an access key id is told to give its user or role', async () => {
    for (const id of ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE'])
      await expect(resolve(allPlugins, id)).rejects.toMatchObject({
        failure: { next: expect.stringMatching(/get-access-key-info|user|role/) },
      });
  });
});

/** All four types, the function and the instance on one role. */
function everything() {
  const of = organization();
  const app = role(of, 'app', '/team/');
  const [one, two] = [instance(of, profile(of, 'app')), lambda(of, 'etl', app)];
  return { of, arns: [user(of, 'alice'), app, one, two] as const };
}

describe('all four types at once', () => {
  test.each([
    ['in order', (arns: readonly string[]) => arns],
    ['the other way round', (arns: readonly string[]) => arns.toReversed()],
  ])('are contained side by side by two processes, and released %s', async (_, order) => {
    const { of, arns } = everything();
    const before = of.sandbox.dump();
    const processes = [of.process({ me: 'process-one' }), of.process({ me: 'process-two' })];
    const begun = await Promise.all(
      processes.flatMap(({ dispatcher }, index) =>
        arns.map((arn) => dispatcher.contain({ arn, by: 'test', incident: `incident-${index}` })),
      ),
    );
    const contained: Progress[] = [];
    for (const [index, progress] of begun.entries())
      contained.push((await processes[index < arns.length ? 0 : 1]?.drive(progress)) ?? progress);
    expect(new Set(contained.map(({ record }) => record.state))).toEqual(new Set(['contained']));
    const held = of.sandbox.dump();
    for (const arn of order(arns))
      expect((await of.process().release(arn, { incident: 'incident-0' })).otherHolds).toEqual(['incident-1']);
    expect(of.sandbox.dump()).toEqual(held);
    for (const arn of order(arns))
      expect((await of.process().release(arn, { incident: 'incident-1' })).record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('one is contained while another that shares its role is released: the role stays denied', async () => {
    const { of, arns } = everything();
    const [, app, one, two] = arns;
    const before = of.sandbox.dump();
    await of.process().contain(app);
    const [contained, released] = await Promise.all([
      of.process({ me: 'process-one' }).contain(two),
      of.process({ me: 'process-two' }).release(app),
    ]);
    expect([contained.record.state, released.record.state]).toEqual(['contained', 'released']);
    expect([await answerTo(of, two), await answerTo(of, one)]).toEqual(['denied', 'denied']);
    await of.process().release(two);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

/** What a containment could change of a role. */
function roleNamed(of: Organization, name: string): string {
  const { attached, inline, boundary, tags } = iamOf(of.sandbox.world, account).roles.get(name) ?? {};
  return JSON.stringify([attached, [...(inline ?? [])], boundary, tags]);
}

describe('guardrails', () => {
  test('a message that names a function does not deny a protected role; the rest is done, and that is said', async () => {
    const of = organization();
    const there = lambda(of, 'etl', role(of, 'break-glass', '/security/'));
    const before = roleNamed(of, 'break-glass');
    const guardrails = { protected: [{ pattern: `arn:aws:iam::*:role/security/*`, owner: 'security' }] };
    const { record } = await of.process({ guardrails }).contain(there);
    expect(record).toMatchObject({ state: 'partial', failures: [{ code: 'protected' }] });
    expect(roleNamed(of, 'break-glass')).toBe(before);
    expect(record.targets.map(({ setting }) => setting)).toEqual(['lambda.function.reserved-concurrency']);
  });

  test('a protected role is refused by a session of it too, whose ARN has no path', async () => {
    const of = organization();
    role(of, 'break-glass', '/security/');
    const before = of.sandbox.dump();
    const guardrails = { protected: [{ pattern: `arn:aws:iam::*:role/security/*`, owner: 'security' }] };
    const { record } = await of.process({ guardrails }).contain(`arn:aws:sts::${account}:assumed-role/break-glass/x`);
    expect([record.state, record.failures[0]?.code]).toEqual(['refused', 'protected']);
    // Not for a moment: a look came before anything was denied.
    expect(of.sandbox.calls.filter(({ mutates }) => mutates)).toEqual([]);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

describe('through a role in the account', () => {
  const externalId = `${secretMark}-external-id`;

  function withLockdownRole() {
    const { of, arns } = everything();
    const responder = user(of, 'responder');
    of.run(new PutUserPolicyCommand({ UserName: 'responder', PolicyName: 'assume', PolicyDocument: allowed('sts:AssumeRole') }));
    const Statement = {
      Effect: 'Allow',
      Principal: { AWS: responder },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': externalId } },
    };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    of.run(new CreateRoleCommand({ RoleName: 'lockdown', Path: '/security/', AssumeRolePolicyDocument }));
    of.run(new PutRolePolicyCommand({ RoleName: 'lockdown', PolicyName: 'all', PolicyDocument: allowed('*') }));
    return {
      of,
      arns,
      process: (id = externalId) => of.process({ as: responder, roleName: 'security/lockdown', externalId: id }),
    };
  }

  test('each type is contained and released with what its plugin declares, and nothing more', async () => {
    const { of, arns, process } = withLockdownRole();
    const before = of.sandbox.dump();
    const { contain, release, events } = process();
    for (const arn of arns) expect((await contain(arn)).record).toMatchObject({ state: 'contained', failures: [] });
    of.sandbox.clearCalls();
    for (const arn of arns) expect((await release(arn)).record.state).toBe('released');
    const callers = of.sandbox.calls.filter(({ service }) => service !== 'sts').map(({ caller }) => caller);
    expect(new Set(callers)).toEqual(new Set([`arn:aws:sts::${account}:assumed-role/lockdown/entity-lockdown-test`]));
    expect(of.sandbox.dump()).toEqual(before);
    expect(JSON.stringify([...of.objects, ...events])).not.toContain(externalId);
  });

  test('its own role is not contained, however it is named', async () => {
    const { of, process } = withLockdownRole();
    const before = roleNamed(of, 'lockdown');
    for (const own of [`arn:aws:iam::${account}:role/security/lockdown`, `arn:aws:sts::${account}:assumed-role/lockdown/anybody`])
      await expect(process().contain(own)).rejects.toMatchObject({ kind: 'refused', failure: { code: 'own-identity' } });
    expect(roleNamed(of, 'lockdown')).toBe(before);
    expect(await process().ledger.allOpen()).toEqual([]);
  });

  test('nor denied as the role of a function', async () => {
    const { of, process } = withLockdownRole();
    const before = roleNamed(of, 'lockdown');
    const there = lambda(of, 'responder', `arn:aws:iam::${account}:role/security/lockdown`);
    expect((await process().contain(there)).record).toMatchObject({ state: 'partial', failures: [{ code: 'own-identity' }] });
    expect(roleNamed(of, 'lockdown')).toBe(before);
  });

  test('a wrong external id opens nothing, changes nothing, and is not told', async () => {
    const { of, arns, process } = withLockdownRole();
    const before = of.sandbox.dump();
    const wrong = `${secretMark}-wrong`;
    for (const arn of arns) {
      const thrown: unknown = await process(wrong)
        .contain(arn)
        .catch((error: unknown) => error);
      expect(thrown).toMatchObject({ kind: 'failed', failure: { code: 'cannot-assume-role' } });
      expect(JSON.stringify((thrown as { failure: object }).failure)).not.toContain(wrong);
    }
    expect(of.sandbox.dump()).toEqual(before);
    expect(await of.process().ledger.allOpen()).toEqual([]);
  });
});

test('another partition is refused before anything is asked there', async () => {
  const of = organization();
  const attempt = of.process().contain(`arn:aws-cn:iam::${account}:user/alice`);
  await expect(attempt).rejects.toMatchObject({ kind: 'invalid', failure: { code: 'other-account' } });
  expect(of.sandbox.calls.filter(({ mutates }) => mutates)).toEqual([]);
});
