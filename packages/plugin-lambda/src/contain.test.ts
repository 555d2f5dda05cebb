import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  InvokeCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { createTestHost, registryOf } from '@entity-lockdown/plugin-testkit';
import { configureLambda, faults, putFunctionRole } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import plugin from './index.ts';
import { inspect } from './inspect.ts';
import { plan } from './plan.ts';
import { settings } from './settings.ts';
import {
  account,
  alias,
  lambda,
  mapping,
  type Organization,
  organization,
  provisionedOf,
  publish,
  reserve,
  reserved,
  role,
  roleArn,
  secret,
  stateOf,
  swapRole,
} from './testing/organization.ts';
import { warnings } from './warnings.ts';

const nothing = { targets: [] };

function coreIn({ sandbox, clock }: Organization) {
  const registry = registryOf(plugin);
  return createTestHost({ sandbox, clock, registry, as: `admin:${account}`, region: 'eu-west-1' });
}

/** What IAM answers to a session that a function was given by the role `worker`. */
async function answerTo(of: Organization, functionArn: string, name = 'worker'): Promise<string> {
  const credentials = of.sandbox.credentials(`arn:aws:iam::${account}:role/service-role/${name}`, {
    context: { 'lambda:SourceFunctionArn': functionArn },
  });
  const client = of.sandbox.createClient(IAMClient, { region: 'eu-west-1', credentials });
  return client.send(new ListRolesCommand({})).then(
    () => 'allowed',
    (error: Error) => (/explicit deny/.test(error.message) ? 'denied' : error.message),
  );
}

describe('the three originals of reserved concurrency', () => {
  test.each([
    ['unset', undefined],
    ['0', 0],
    ['N', 7],
  ])('%s comes back', async (_, original) => {
    const of = organization();
    const entity = lambda(of, 'etl');
    if (original !== undefined) reserve(of, entity, original);
    const before = of.sandbox.dump();
    const core = coreIn(of);
    const contained = await core.contain(entity.arn);
    expect(contained.record.failures).toEqual([]);
    expect(contained.record.state).toBe('contained');
    expect(reserved(of, entity)).toBe(0);
    expect(() => of.run(new InvokeCommand({ FunctionName: entity.name }))).toThrow(/Rate Exceeded|ReservedFunction/i);
    expect(await answerTo(of, entity.arn)).toBe('denied');
    expect((await core.release(entity.arn)).record.state).toBe('released');
    expect(reserved(of, entity)).toBe(original);
    expect(of.sandbox.dump()).toEqual(before);
  });
});

describe('provisioned concurrency', () => {
  test('goes first where it is in the way, and comes back', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    alias(of, entity, 'live', 5);
    const before = of.sandbox.dump();
    const { state } = await inspect(of.context, entity, nothing);
    const stages = plan(state, entity, { scope: 'role' });
    expect(stages.map(({ changes }) => changes.map(({ setting }) => setting))).toEqual([
      ['iam.principal.inline-deny', 'iam.principal.attached-deny', 'lambda.function.provisioned-concurrency'],
      ['lambda.function.reserved-concurrency'],
    ]);
    const core = coreIn(of);
    expect((await core.contain(entity.arn)).record.state).toBe('contained');
    expect([reserved(of, entity), provisionedOf(of, entity)]).toEqual([0, []]);
    expect((await core.release(entity.arn)).record.state).toBe('released');
    expect(provisionedOf(of, entity)).toEqual([5]);
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('that Lambda is still allocating is taken away without waiting for it', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    alias(of, entity, 'live');
    const config = { FunctionName: 'etl', Qualifier: 'live', ProvisionedConcurrentExecutions: 3 };
    of.run(new PutProvisionedConcurrencyConfigCommand(config));
    const begun = of.clock.now();
    expect((await coreIn(of).contain(entity.arn)).record.state).toBe('contained');
    expect(of.clock.now() - begun).toBeLessThan(60_000);
    expect([reserved(of, entity), provisionedOf(of, entity)]).toEqual([0, []]);
  });

  test('that is gone is as good as taken away; that it may not be taken away is an error', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    alias(of, entity, 'live', 5);
    const { state } = await inspect(of.context, entity, nothing);
    const remove = () => settings['lambda.function.provisioned-concurrency'].write(of.context, `${entity.arn}#live`, null, state);
    const allow = of.sandbox.intercept({
      before: ({ operation }) => (operation === 'DeleteProvisionedConcurrencyConfig' ? faults.denied() : undefined),
    });
    await expect(remove()).rejects.toThrow('Access denied');
    expect(provisionedOf(of, entity)).toEqual([5]);
    allow();
    for (let times = 0; times < 2; times += 1) await remove();
    expect(provisionedOf(of, entity)).toEqual([]);
  });
});

describe('event source mappings', () => {
  test('enabled ones are disabled, of aliases too; disabled ones stay so', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    alias(of, entity, 'live');
    const [own, live, off] = [mapping(of, 'etl', 'a'), mapping(of, 'etl:live', 'b'), mapping(of, 'etl', 'c', false)];
    const other = mapping(of, lambda(of, 'bystander').name, 'd');
    const core = coreIn(of);
    expect((await core.contain(entity.arn)).record.state).toBe('contained');
    expect([own, live, off, other].map((arn) => stateOf(of, arn))).toEqual(['Disabled', 'Disabled', 'Disabled', 'Enabled']);
    expect((await core.release(entity.arn)).record.state).toBe('released');
    of.pass(60);
    expect([own, live, off, other].map((arn) => stateOf(of, arn))).toEqual(['Enabled', 'Enabled', 'Disabled', 'Enabled']);
  });

  test('more than a page of them', async () => {
    const of = organization();
    configureLambda(of.place, { pageSize: 2 });
    const entity = lambda(of, 'etl');
    const all = ['a', 'b', 'c', 'd', 'e'].map((queue) => mapping(of, 'etl', queue));
    await coreIn(of).contain(entity.arn);
    expect(all.map((arn) => stateOf(of, arn))).toEqual(all.map(() => 'Disabled'));
  });

  test('in transition are not counted as done', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    configureLambda(of.place, { mappingSeconds: 100 });
    const on = mapping(of, 'etl', 'a');
    expect(stateOf(of, on)).toBe('Creating');
    const { state } = await inspect(of.context, entity, nothing);
    const enabled = settings['lambda.event-source-mapping.enabled'];
    expect(enabled.read(state, on)).toBeUndefined();
    expect(enabled.pending?.(state, on)).toContain('Creating');
    of.pass(60);
    await enabled.write(of.context, on, false, state);
    const { state: then } = await inspect(of.context, entity, nothing);
    expect([enabled.read(then, on), enabled.pending?.(then, on)]).toEqual([false, expect.stringContaining('Disabling')]);
  });

  test('one that was pointed to another function is still ours to keep disabled', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    lambda(of, 'elsewhere');
    const on = mapping(of, 'etl', 'a');
    const core = coreIn(of);
    await core.contain(entity.arn);
    const UUID = on.slice(on.lastIndexOf(':') + 1);
    of.run(new UpdateEventSourceMappingCommand({ UUID, FunctionName: 'elsewhere', Enabled: true }));
    of.pass(60);
    expect((await core.contain(entity.arn)).record.state).toBe('contained');
    expect(stateOf(of, on)).toBe('Disabled');
  });
});

describe('the execution role', () => {
  test('shared by two functions, released in either order', async () => {
    for (const order of [
      ['one', 'two'],
      ['two', 'one'],
    ]) {
      const of = organization();
      const arns = Object.fromEntries(['one', 'two'].map((name) => [name, lambda(of, name).arn]));
      const before = of.sandbox.dump();
      const core = coreIn(of);
      for (const arn of Object.values(arns)) expect((await core.contain(arn)).record.state).toBe('contained');
      const [first = '', second = ''] = order.map((name) => arns[name]);
      expect((await core.release(first)).record.state).toBe('released');
      expect(await answerTo(of, second)).toBe('denied');
      expect((await core.release(second)).record.state).toBe('released');
      expect(await answerTo(of, second)).toBe('allowed');
      expect(of.sandbox.dump()).toEqual(before);
    }
  });

  test('under scope function is denied to this function alone', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    const sibling = lambda(of, 'sibling');
    const before = of.sandbox.dump();
    const core = coreIn(of);
    expect((await core.contain(entity.arn, { options: { scope: 'function' } })).record.state).toBe('contained');
    expect(await answerTo(of, entity.arn)).toBe('denied');
    expect(await answerTo(of, sibling.arn)).toBe('allowed');
    await core.release(entity.arn);
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('swapped by the attacker: the old one stays denied, the new one is denied too', async () => {
    const of = organization();
    role(of, 'fresh');
    const entity = lambda(of, 'etl');
    const core = coreIn(of);
    await core.contain(entity.arn);
    swapRole(of, entity, 'fresh');
    const again = await core.contain(entity.arn);
    expect(again.record.state).toBe('contained');
    expect([await answerTo(of, entity.arn), await answerTo(of, entity.arn, 'fresh')]).toEqual(['denied', 'denied']);
    expect(again.record.warnings.map(({ text }) => text).join()).toContain('no longer has the role worker');
    await core.release(entity.arn);
    expect([await answerTo(of, entity.arn), await answerTo(of, entity.arn, 'fresh')]).toEqual(['allowed', 'allowed']);
  });

  test.each(['role', 'function'])('that a published version keeps is denied too, under scope %s', async (scope) => {
    const of = organization();
    configureLambda(of.place, { pageSize: 1 });
    for (const name of ['second', 'third']) role(of, name);
    const entity = lambda(of, 'etl');
    for (const next of ['second', 'third']) {
      publish(of, entity);
      swapRole(of, entity, next);
    }
    publish(of, entity);
    const sibling = lambda(of, 'sibling');
    const before = of.sandbox.dump();
    const core = coreIn(of);
    const all = ['worker', 'second', 'third'];
    const answers = (arn: string) => Promise.all(all.map((name) => answerTo(of, arn, name)));
    const { record } = await core.contain(`${entity.arn}:1`, { options: { scope } });
    expect(record).toMatchObject({ state: 'contained', failures: [] });
    expect(await answers(entity.arn)).toEqual(all.map(() => 'denied'));
    expect(await answers(sibling.arn)).toEqual(all.map(() => (scope === 'role' ? 'denied' : 'allowed')));
    expect(record.warnings.map(({ text }) => text).join()).not.toContain('no longer has');
    expect((await core.release(entity.arn)).record.state).toBe('released');
    expect(of.sandbox.dump()).toEqual(before);
  });

  test('of a version is a gap where versions may not be listed, and that of $LATEST is denied all the same', async () => {
    const of = organization();
    role(of, 'fresh');
    const entity = lambda(of, 'etl');
    publish(of, entity);
    swapRole(of, entity, 'fresh');
    const isListing = ({ operation }: { readonly operation: string }) => operation === 'ListVersionsByFunction';
    const allow = of.sandbox.intercept({ before: (call) => (isListing(call) ? faults.denied() : undefined) });
    const core = coreIn(of);
    const { record } = await core.contain(entity.arn);
    expect(record.state).toBe('partial');
    expect(record.warnings).toContainEqual({ gap: true, text: expect.stringContaining('lambda:ListVersionsByFunction') });
    expect([await answerTo(of, entity.arn), await answerTo(of, entity.arn, 'fresh')]).toEqual(['allowed', 'denied']);
    allow();
    expect((await core.contain(entity.arn)).record.state).toBe('contained');
    expect(await answerTo(of, entity.arn)).toBe('denied');
  });

  test('that is gone is no gap, and is denied once it is there again', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    of.run(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'work' }));
    of.run(new DeleteRoleCommand({ RoleName: 'worker' }));
    const core = coreIn(of);
    const contained = await core.contain(entity.arn);
    expect(contained.record.state).toBe('contained');
    expect(contained.record.warnings.map(({ text }) => text).join()).toContain('does not exist');
    role(of, 'worker');
    await core.contain(entity.arn);
    expect(await answerTo(of, entity.arn)).toBe('denied');
  });

  test.each([
    ['of another account', 'arn:aws:iam::444455556666:role/theirs', /lockdown contain arn:aws:iam::444455556666:role\/theirs/],
    [
      'of an AWS service',
      `arn:aws:iam::${account}:role/aws-service-role/replicator.lambda.amazonaws.com/AWSServiceRoleForLambda`,
      /service-linked role/,
    ],
  ])('%s is a gap, and the rest is done', async (_, arn, said) => {
    const of = organization();
    const entity = lambda(of, 'etl');
    putFunctionRole(of.place, 'etl', arn);
    const { record } = await coreIn(of).contain(entity.arn);
    expect(record.state).toBe('partial');
    expect(record.warnings).toContainEqual({ gap: true, text: expect.stringMatching(said) });
    expect(reserved(of, entity)).toBe(0);
  });
});

describe('the look', () => {
  test('takes two steps, reads nothing else, and sees no secret', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    of.sandbox.clearCalls();
    const observed = await inspect(of.context, entity, nothing);
    expect(observed).toMatchObject({ exists: true, state: { configuration: { role: roleArn('worker'), state: 'Active' } } });
    expect(observed.state.configuration).toStrictEqual({ role: roleArn('worker'), state: 'Active' });
    for (const key of ['missing', 'markedBy']) expect(observed).not.toHaveProperty(key);
    for (const key of ['aliasesUnread', 'versionsUnread']) expect(observed.state).not.toHaveProperty(key);
    expect(JSON.stringify(observed.state)).not.toContain(secret);
    expect(of.sandbox.calls.map(({ operation }) => operation).toSorted()).toEqual([
      'GetFunctionConcurrency',
      'GetFunctionConfiguration',
      'GetRole',
      'ListAliases',
      'ListAttachedRolePolicies',
      'ListEventSourceMappings',
      'ListProvisionedConcurrencyConfigs',
      'ListVersionsByFunction',
    ]);
  });

  test.each([
    ['of another account', 'arn:aws:iam::444455556666:role/worker'],
    ['of an AWS service', `arn:aws:iam::${account}:role/aws-service-role/lambda.amazonaws.com/worker`],
  ])('passes by a role %s: the one of its name in this account is another', async (_, arn) => {
    const of = organization();
    const entity = lambda(of, 'etl');
    putFunctionRole(of.place, 'etl', arn);
    const { state } = await inspect(of.context, entity, nothing);
    expect([state.configuration?.role, state.roles]).toEqual([arn, {}]);
  });

  test('tells the roles of versions from that of $LATEST', async () => {
    const of = organization();
    role(of, 'fresh');
    const entity = lambda(of, 'etl');
    publish(of, entity);
    expect((await inspect(of.context, entity, nothing)).state.versionRoles).toEqual([]);
    swapRole(of, entity, 'fresh');
    const { state } = await inspect(of.context, entity, nothing);
    expect([state.configuration?.role, state.versionRoles]).toEqual([roleArn('fresh'), [roleArn('worker')]]);
  });

  test('where aliases may not be listed shows the rest, and says what may be missing', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    const on = mapping(of, 'etl', 'a');
    of.sandbox.intercept({ before: ({ operation }) => (operation === 'ListAliases' ? faults.denied() : undefined) });
    const { state } = await inspect(of.context, entity, nothing);
    expect([state.aliasesUnread, Object.keys(state.mappings)]).toEqual([true, [on]]);
    const { record } = await coreIn(of).contain(entity.arn);
    expect(record.state).toBe('contained');
    expect(record.warnings.map(({ text }) => text).join()).toContain('lambda:ListAliases');
  });

  test('asks by their ids for the mappings alone that the ledger knows', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    const { record } = await coreIn(of).contain(entity.arn);
    of.sandbox.clearCalls();
    await inspect(of.context, entity, { targets: record.targets });
    expect(of.sandbox.calls.map(({ operation }) => operation)).not.toContain('GetEventSourceMapping');
  });

  test('at a function that is being changed says so', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    of.run(new UpdateFunctionConfigurationCommand({ FunctionName: 'etl', Timeout: 30 }));
    const { state } = await inspect(of.context, entity, nothing);
    expect(state.configuration).toMatchObject({ state: 'Active', updating: true });
  });

  test('at a function that is not there says so, and still reads what is known', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    const core = coreIn(of);
    const { record } = await core.contain(entity.arn);
    of.run(new DeleteFunctionCommand({ FunctionName: 'etl' }));
    const observed = await inspect(of.context, entity, { targets: record.targets });
    expect(observed.exists).toBe(false);
    expect(observed.missing).toContain('There is no function etl');
    // Nothing was refused: there is nothing to list.
    expect(Object.keys(observed.state).filter((key) => key.endsWith('Unread'))).toEqual([]);
    expect(Object.keys(observed.state.roles)).toEqual([`arn:aws:iam::${account}:role/worker`]);
    expect(plan(observed.state, entity, { scope: 'role' })).toEqual([]);
    expect((await core.release(entity.arn)).record.state).toBe('released');
    expect(await answerTo(of, entity.arn)).toBe('allowed');
  });

  test('at a function that is still being made contains it all the same', async () => {
    const of = organization();
    const entity = lambda(of, 'etl');
    of.pass(-59);
    const { state } = await inspect(of.context, entity, nothing);
    expect(state.configuration?.state).toBe('Pending');
    expect(
      warnings(state, entity, { scope: 'role' })
        .map(({ text }) => text)
        .join(),
    ).toContain('still at making');
    expect((await coreIn(of).contain(entity.arn)).record.state).toBe('contained');
  });
});
