import { CreateAccessKeyCommand, CreateUserCommand, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  GetFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { lambdaOperations } from './operations.ts';
import { functionSession } from './session.ts';
import { account, lambdaFixture, queue, region, required } from './testing/fixture.ts';

function document(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function userWith({ admin, sandbox }: ReturnType<typeof lambdaFixture>, ...statements: object[]): LambdaClient {
  admin.run(new CreateUserCommand({ UserName: 'ops' }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'ops' }));
  admin.run(new PutUserPolicyCommand({ UserName: 'ops', PolicyName: 'p', PolicyDocument: document(...statements) }));
  return sandbox.createClient(LambdaClient, { region, credentials: sandbox.credentials(`arn:aws:iam::${account}:user/ops`) });
}

test('a function gets a role only from who may pass it', async () => {
  const fixture = lambdaFixture();
  fixture.create('orders');
  const client = userWith(fixture, { Effect: 'Allow', Action: 'lambda:*', Resource: '*' });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'orders', Timeout: 9 }));
  await expect(
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'orders', Role: fixture.otherRole })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('mappings are granted by their own ARN, or by their function as a condition', async () => {
  const fixture = lambdaFixture();
  fixture.create('orders');
  fixture.create('other');
  const [mine, theirs] = await Promise.all(
    ['orders', 'other'].map(async (FunctionName) => {
      const made = await fixture.lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queue }));
      return required(made.UUID);
    }),
  );
  const client = userWith(fixture, {
    Effect: 'Allow',
    Action: 'lambda:UpdateEventSourceMapping',
    Resource: `arn:aws:lambda:${region}:${account}:event-source-mapping:*`,
    Condition: { ArnEquals: { 'lambda:FunctionArn': `arn:aws:lambda:${region}:${account}:function:orders` } },
  });
  await expect(client.send(new UpdateEventSourceMappingCommand({ UUID: theirs, Enabled: false }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  expect((await client.send(new UpdateEventSourceMappingCommand({ UUID: mine, Enabled: false }))).State).toBe('Disabled');
});

test('a deny for one function stops its session and not that of its sibling on the same role', async () => {
  const { create, admin, sandbox, place } = lambdaFixture();
  create('orders');
  create('other');
  const allow = document({ Effect: 'Allow', Action: 'lambda:ListFunctions', Resource: '*' });
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'work', PolicyDocument: allow }));
  const [victim, sibling] = ['orders', 'other'].map((name) => {
    const { roleArn, sessionName, context } = required(functionSession(place, name));
    return sandbox.createClient(LambdaClient, { region, credentials: sandbox.credentials(roleArn, { sessionName, context }) });
  });
  await required(victim).send(new ListFunctionsCommand({}));
  const deny = document({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { ArnEquals: { 'lambda:SourceFunctionArn': `arn:aws:lambda:${region}:${account}:function:orders` } },
  });
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'deny', PolicyDocument: deny }));
  await expect(required(victim).send(new ListFunctionsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await required(sibling).send(new ListFunctionsCommand({}));
  await expect(required(sibling).send(new GetFunctionCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('every operation names its page', () => {
  for (const [operation, { page }] of Object.entries(lambdaOperations))
    expect(page).toBe(`https://docs.aws.amazon.com/lambda/latest/api/API_${operation}.html`);
});
