import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { configureLambda } from './builders.ts';
import { lambdaVolatileFields } from './state.ts';
import { lambdaFixture, required } from './testing/fixture.ts';

const FunctionName = 'orders';

async function withVersions() {
  const fixture = lambdaFixture();
  fixture.create(FunctionName);
  await fixture.lambda.send(new PublishVersionCommand({ FunctionName }));
  await fixture.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 60 }));
  await fixture.lambda.send(new PublishVersionCommand({ FunctionName }));
  await fixture.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return fixture;
}

describe('reserved concurrency', () => {
  test('unset, 0 and a number are three things', async () => {
    const { lambda, create } = lambdaFixture();
    create(FunctionName);
    const read = async () => {
      const { $metadata, ...rest } = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
      return rest;
    };
    expect(await read()).toEqual({});
    for (const ReservedConcurrentExecutions of [0, 7]) {
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
      expect(await read()).toEqual({ ReservedConcurrentExecutions });
    }
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await read()).toEqual({});
  });

  test('leaves the account its minimum; 0 takes nothing', async () => {
    const { lambda, create, place } = lambdaFixture();
    create(FunctionName);
    create('other');
    configureLambda(place, { concurrency: 150, unreservedMinimum: 100 });
    const put = (name: string, ReservedConcurrentExecutions: number) =>
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions }));
    await put('other', 30);
    await expect(put(FunctionName, 21)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('below its minimum value of [100]'),
    });
    await put(FunctionName, 20);
    // What it has itself does not count against it.
    await put(FunctionName, 19);
    expect((await lambda.send(new GetAccountSettingsCommand({}))).AccountLimit?.UnreservedConcurrentExecutions).toBe(101);
    configureLambda(place, { concurrency: 100 });
    await put(FunctionName, 0);
  });

  test('is for functions, not for versions', async () => {
    const { lambda } = await withVersions();
    const input = { FunctionName: 'orders:1', ReservedConcurrentExecutions: 0 };
    await expect(lambda.send(new PutFunctionConcurrencyCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await expect(
      lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'nobody', ReservedConcurrentExecutions: 0 })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('provisioned concurrency', () => {
  test('takes its time, and stands in the way of 0', async () => {
    const { lambda, place, clock } = await withVersions();
    configureLambda(place, { provisioningSeconds: 90 });
    const of = { FunctionName, Qualifier: 'live' };
    await expect(lambda.send(new GetProvisionedConcurrencyConfigCommand(of))).rejects.toMatchObject({
      name: 'ProvisionedConcurrencyConfigNotFoundException',
    });
    await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 5 }));
    expect(await lambda.send(new GetProvisionedConcurrencyConfigCommand(of))).toMatchObject({
      Status: 'IN_PROGRESS',
      RequestedProvisionedConcurrentExecutions: 5,
      AvailableProvisionedConcurrentExecutions: 0,
    });
    clock.now += 90_000;
    expect(await lambda.send(new GetProvisionedConcurrencyConfigCommand(of))).toMatchObject({
      Status: 'READY',
      AvailableProvisionedConcurrentExecutions: 5,
    });
    const stop = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 });
    await expect(lambda.send(stop)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(of));
    await lambda.send(stop);
    await expect(lambda.send(new DeleteProvisionedConcurrencyConfigCommand(of))).rejects.toMatchObject({
      name: 'ProvisionedConcurrencyConfigNotFoundException',
    });
    await expect(
      lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 5 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  test('is for published versions and aliases, one of the two for each version', async () => {
    const { lambda } = await withVersions();
    const put = (Qualifier: string) =>
      lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 1 }));
    await expect(put('$LATEST')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(put('9')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await put('live');
    await expect(put('1')).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await put('2');
    const listed = await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
    expect(listed.ProvisionedConcurrencyConfigs?.map(({ FunctionArn }) => required(FunctionArn).split(':').at(-1))).toEqual([
      '2',
      'live',
    ]);
  });
});

test('what was put back differs in volatile fields only', async () => {
  const { lambda, sandbox, clock } = await withVersions();
  const of = { FunctionName, Qualifier: 'live' };
  const put = new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 5 });
  await lambda.send(put);
  const stable = (): string =>
    JSON.stringify(sandbox.dump(), (key, value) => (lambdaVolatileFields.includes(key) ? undefined : value));
  const before = stable();
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(of));
  expect(stable()).not.toBe(before);
  clock.now += 60_000;
  await lambda.send(put);
  expect(stable()).toBe(before);
});
