import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  PublishVersionCommand,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { configureLambda } from './builders.ts';
import { account, lambdaFixture, queue, region, required } from './testing/fixture.ts';

const FunctionName = 'orders';

test('a mapping passes through its states, and is not changed meanwhile', async () => {
  const { lambda, create, place, clock } = lambdaFixture();
  create(FunctionName);
  configureLambda(place, { mappingSeconds: 5 });
  const { UUID, EventSourceMappingArn } = await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queue }),
  );
  expect(EventSourceMappingArn).toBe(`arn:aws:lambda:${region}:${account}:event-source-mapping:${UUID}`);
  const state = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
  const change = (input: { Enabled?: boolean; BatchSize?: number }) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input }));
  expect(await state()).toBe('Creating');
  const steps = [
    { input: { Enabled: false }, during: 'Disabling', after: 'Disabled' },
    { input: { BatchSize: 1 }, during: 'Updating', after: 'Disabled' },
    { input: { Enabled: true }, during: 'Enabling', after: 'Enabled' },
  ];
  for (const { input, during, after } of steps) {
    await expect(change(input)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    await expect(lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    clock.now += 5_000;
    expect((await change(input)).State).toBe(during);
    expect(await state()).toBe(during);
    clock.now += 4_999;
    expect(await state()).toBe(during);
    clock.now += 1;
    expect(await state()).toBe(after);
    await change({ BatchSize: 2 });
  }
  clock.now += 5_000;
  expect((await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).State).toBe('Deleting');
  expect(await state()).toBe('Deleting');
  clock.now += 5_000;
  await expect(state()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('mappings of an alias are listed by the alias', async () => {
  const { lambda, create, place } = lambdaFixture();
  create(FunctionName);
  create('other');
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  const targets = ['orders', 'orders:live', 'other'];
  const [plain, live] = await Promise.all(
    targets.map(async (name) => {
      const made = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn: queue }));
      return required(made.UUID);
    }),
  );
  const listed = async (name?: string) => {
    const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }));
    return (EventSourceMappings ?? []).map(({ UUID }) => UUID);
  };
  expect(await listed('orders')).toEqual([plain]);
  expect(await listed('orders:live')).toEqual([live]);
  expect(await listed()).toHaveLength(3);
  configureLambda(place, { listsMappingsOfQualifiers: true });
  expect((await listed('orders')).sort()).toEqual([plain, live].sort());
  await expect(listed('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('the same source and function have one mapping; many have pages', async () => {
  const { lambda, create, place } = lambdaFixture();
  create(FunctionName);
  const map = (EventSourceArn: string) => lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }));
  for (let at = 0; at < 5; at += 1) await map(`${queue}-${at}`);
  await expect(map(`${queue}-0`)).rejects.toMatchObject({ name: 'ResourceConflictException' });
  await expect(
    lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'nobody', EventSourceArn: queue })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  configureLambda(place, { pageSize: 2 });
  const pages: number[] = [];
  for await (const { EventSourceMappings } of paginateListEventSourceMappings({ client: lambda }, { FunctionName }))
    pages.push(EventSourceMappings?.length ?? 0);
  expect(pages).toEqual([2, 2, 1]);
  const one = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: `${queue}-3` }));
  expect(one.EventSourceMappings).toHaveLength(1);
});
