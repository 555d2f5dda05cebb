import { CreateRoleCommand, CreateServiceLinkedRoleCommand, TagRoleCommand } from '@aws-sdk/client-iam';
import type { Context, Entity, Known } from '@entity-lockdown/plugin-api';
import { type Actor, createSandbox, type Sandbox } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { inspect } from './inspect.ts';
import { plan } from './plan.ts';
import { settings } from './settings.ts';

const account = '111122223333';
const on = `arn:aws:iam::${account}:role/app`;
const entity: Entity = { key: `aws:${account}:app`, arn: on, on, partition: 'aws', account, region: '', name: 'app' };
const nothingKnown: Known = { targets: [] };

function setUp(): { sandbox: Sandbox; ctx: Context; run: Actor['run'] } {
  const sandbox = createSandbox({ accounts: [{ id: account }] });
  const credentials = sandbox.credentials(`admin:${account}`);
  const ctx: Context = {
    client: (Class) => sandbox.createClient(Class, { region: 'us-east-1', credentials, maxAttempts: 1 }),
    mark: 'abcdefghijkl',
  };
  return { sandbox, ctx, run: sandbox.as(`admin:${account}`).run };
}

function addRole(run: Actor['run'], RoleName: string, Path = '/'): void {
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }];
  run(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }) }));
}

describe('which role it is', () => {
  test('the role with its path; roles named like segments of the path are others', async () => {
    const { sandbox, ctx, run } = setUp();
    for (const name of ['team', 'ops']) addRole(run, name);
    addRole(run, 'app', '/team/ops/');
    const arn = `arn:aws:iam::${account}:role/team/ops/app`;
    const before = sandbox.dump();
    const seen = await inspect(ctx, { ...entity, arn }, nothingKnown);
    expect(seen).toMatchObject({
      exists: true,
      id: expect.stringMatching(/^AROA/),
      state: { principal: { arn, on, name: 'app' } },
    });
    expect(sandbox.dump()).toEqual(before);
  });

  test('by a session, the path is not known before', async () => {
    const { ctx, run } = setUp();
    addRole(run, 'app', '/team/');
    const seen = await inspect(ctx, { ...entity, pathUnknown: true }, nothingKnown);
    expect(seen).toMatchObject({ exists: true, state: { principal: { arn: `arn:aws:iam::${account}:role/team/app` } } });
  });

  test.each([
    ['another path', '/team/', 'app', 'role/team/app'],
    [
      'another case',
      '/',
      'App',
      'The IAM role is called App, not app: give the ARN as AWS spells it, arn:aws:iam::111122223333:role/App.',
    ],
  ])('with %s it is another role, which is told and left alone', async (_, path, name, told) => {
    const { ctx, run } = setUp();
    addRole(run, name, path);
    const { exists, missing, state } = await inspect(ctx, entity, nothingKnown);
    expect(exists).toBe(false);
    expect(missing).toContain(told);
    expect(plan(state)).toEqual([]);
    // What was put there in advance can be seen, and be taken away.
    expect(settings['iam.principal.inline-deny'].read(state, on)).toBeNull();
  });

  test('by a session in another case it is another role too', async () => {
    const { ctx, run } = setUp();
    addRole(run, 'App', '/team/');
    const { exists, missing } = await inspect(ctx, { ...entity, pathUnknown: true }, nothingKnown);
    expect([exists, missing]).toEqual([false, expect.stringContaining('is called App, not app')]);
  });

  test('none', async () => {
    const { ctx } = setUp();
    const { exists, missing } = await inspect(ctx, entity, nothingKnown);
    expect({ exists, missing }).toEqual({ exists: false, missing: `There is no IAM role app in the account ${account}.` });
  });

  test('one that only AWS may edit, found by its path', async () => {
    const { ctx, run } = setUp();
    run(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
    const name = 'AWSServiceRoleForEcs';
    const arn = `arn:aws:iam::${account}:role/${name}`;
    const { exists, missing } = await inspect(ctx, { ...entity, arn, on: arn, name, pathUnknown: true }, nothingKnown);
    expect(exists).toBe(false);
    expect(missing).toContain('service-linked role');
  });
});

test('the mark of another ledger is told', async () => {
  const { ctx, run } = setUp();
  addRole(run, 'app');
  for (const key of ['markedBy', 'missing']) expect(await inspect(ctx, entity, nothingKnown)).not.toHaveProperty(key);
  run(new TagRoleCommand({ RoleName: 'app', Tags: [{ Key: 'entity-lockdown:zyxwvutsrqpo', Value: 'contained' }] }));
  expect(await inspect(ctx, entity, nothingKnown)).toMatchObject({ exists: true, markedBy: 'zyxwvutsrqpo' });
});
