import { DeleteRoleCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListAliasesCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  paginateListFunctions,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { secretMark } from '../secrets.ts';
import { configureLambda, putFunctionRole } from './builders.ts';
import { account, lambdaFixture, otherAccount, region, required } from './testing/fixture.ts';

const arn = `arn:aws:lambda:${region}:${account}:function:orders`;

describe('names', () => {
  test('of every spelling mean the function', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders');
    for (const FunctionName of ['orders', arn, `${account}:function:orders`, 'function:orders', 'orders:$LATEST'])
      expect((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).FunctionName).toBe('orders');
    expect((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'orders:$LATEST' }))).FunctionArn).toBe(
      `${arn}:$LATEST`,
    );
  });

  test('that are wrong are refused', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders');
    const refusals: [{ FunctionName: string; Qualifier?: string }, string][] = [
      [{ FunctionName: 'constructor' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'orders', Qualifier: '7' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'orders', Qualifier: 'constructor' }, 'ResourceNotFoundException'],
      [{ FunctionName: 'orders:live', Qualifier: '7' }, 'InvalidParameterValueException'],
      [{ FunctionName: 'or ders' }, 'ValidationException'],
      [{ FunctionName: 'x'.repeat(65) }, 'ValidationException'],
      [{ FunctionName: arn.replace(region, 'us-east-1') }, 'ResourceNotFoundException'],
      [{ FunctionName: arn.replace(account, otherAccount) }, 'AccessDeniedException'],
    ];
    for (const [input, name] of refusals)
      await expect(lambda.send(new GetFunctionCommand(input))).rejects.toMatchObject({ name });
  });
});

describe('a function', () => {
  test('is pending, then active', async () => {
    const { lambda, create, place, clock } = lambdaFixture();
    configureLambda(place, { creatingSeconds: 3 });
    create('orders');
    const FunctionName = 'orders';
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({ State: 'Pending' });
    await expect(lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 5 }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({ name: 'ResourceConflictException' });
    clock.now += 3_000;
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({ State: 'Active' });
    await expect(
      lambda.send(new CreateFunctionCommand({ FunctionName, Role: `arn:aws:iam::${account}:role/service-role/app`, Code: {} })),
    ).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });

  test('gives out its environment and its tags', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders', { Environment: { Variables: { TOKEN: secretMark, constructor: 'x' } }, Tags: { team: 'a' } });
    const read = await lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }));
    expect(read.Configuration?.Environment?.Variables).toEqual({ TOKEN: secretMark, constructor: 'x' });
    expect(read.Tags).toEqual({ team: 'a' });
    expect(read.Concurrency).toBeUndefined();
  });

  test('takes another role once the last change is over', async () => {
    const { lambda, create, place, clock, otherRole } = lambdaFixture();
    create('orders');
    configureLambda(place, { updatingSeconds: 2 });
    const FunctionName = 'orders';
    const changed = await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role: otherRole }));
    expect(changed).toMatchObject({ Role: otherRole, LastUpdateStatus: 'InProgress' });
    await expect(lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    clock.now += 2_000;
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
    const refusals: [string, string][] = [
      [`arn:aws:iam::${account}:role/app`, 'InvalidParameterValueException'],
      [`arn:aws:iam::${otherAccount}:role/app`, 'AccessDeniedException'],
      ['app', 'ValidationException'],
    ];
    clock.now += 2_000;
    for (const [Role, name] of refusals)
      await expect(lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role }))).rejects.toMatchObject({ name });
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({
      Role: otherRole,
      Timeout: 9,
    });
  });

  test('and others have pages', async () => {
    const { lambda, create, place } = lambdaFixture();
    for (const name of ['a', 'b', 'c', 'd', 'e']) create(name);
    configureLambda(place, { pageSize: 2 });
    const pages: (string | undefined)[][] = [];
    for await (const { Functions } of paginateListFunctions({ client: lambda }, {}))
      pages.push((Functions ?? []).map(({ FunctionName }) => FunctionName));
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });
});

describe('versions and aliases', () => {
  test('freeze what the function was', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders');
    const FunctionName = 'orders';
    expect((await lambda.send(new PublishVersionCommand({ FunctionName }))).Version).toBe('1');
    expect((await lambda.send(new PublishVersionCommand({ FunctionName }))).Version).toBe('1');
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 60 }));
    expect((await lambda.send(new PublishVersionCommand({ FunctionName }))).Version).toBe('2');
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `${arn}:live` }))).toMatchObject({
      Version: '1',
      FunctionArn: `${arn}:live`,
      Timeout: 3,
    });
    expect((await lambda.send(new ListAliasesCommand({ FunctionName }))).Aliases?.map(({ Name }) => Name)).toEqual(['live']);
    const versions = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(versions.Versions?.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  });

  test('refuse what AWS refuses', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders');
    const FunctionName = 'orders';
    await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    const refusals: [string, string, string][] = [
      ['live', '1', 'ResourceConflictException'],
      ['12', '1', 'ValidationException'],
      ['next', '9', 'ResourceNotFoundException'],
    ];
    for (const [Name, FunctionVersion, name] of refusals)
      await expect(lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion }))).rejects.toMatchObject({ name });
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await expect(lambda.send(new PublishVersionCommand({ FunctionName: 'orders:live' }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    await expect(lambda.send(new GetFunctionCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('invoking', () => {
  test('runs the function with its role', async () => {
    const { lambda, create, role } = lambdaFixture();
    create('orders');
    const ran = await lambda.send(new InvokeCommand({ FunctionName: 'orders' }));
    expect(ran.StatusCode).toBe(200);
    expect(JSON.parse(required(ran.Payload).transformToString())).toEqual({ function: arn, version: '$LATEST', role });
  });

  test('a function that may not run at all is throttled, but for what waits in its queue', async () => {
    const { lambda, create } = lambdaFixture();
    create('orders');
    const FunctionName = 'orders';
    await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    for (const Qualifier of ['$LATEST', '1'])
      await expect(lambda.send(new InvokeCommand({ FunctionName, Qualifier }))).rejects.toMatchObject({
        name: 'TooManyRequestsException',
        $metadata: { httpStatusCode: 429 },
      });
    expect((await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }))).StatusCode).toBe(202);
    expect((await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }))).StatusCode).toBe(204);
  });

  test('fails when the role is gone, or not to be found', async () => {
    const { lambda, create, admin, place } = lambdaFixture();
    create('orders');
    admin.run(new DeleteRoleCommand({ RoleName: 'app' }));
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    putFunctionRole(place, 'orders', `arn:aws:iam::${otherAccount}:role/theirs`);
    expect((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'orders' }))).Role).toContain(otherAccount);
  });
});

test('functions have tags; versions have none', async () => {
  const { lambda, create } = lambdaFixture();
  create('orders');
  await lambda.send(new TagResourceCommand({ Resource: arn, Tags: { a: '1', constructor: '2' } }));
  await lambda.send(new UntagResourceCommand({ Resource: arn, TagKeys: ['a'] }));
  expect((await lambda.send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ constructor: '2' });
  for (const input of [
    { Resource: `${arn}:1`, Tags: { a: '1' } },
    { Resource: arn, Tags: { 'aws:x': '1' } },
  ])
    await expect(lambda.send(new TagResourceCommand(input))).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
});
