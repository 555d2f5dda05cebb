import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { AwsClient, AwsClientClass, Context, Entity } from '@entity-lockdown/plugin-api';
import { buildWorld, type Scene, type TestClock } from '@entity-lockdown/plugin-testkit';
import type { AnyCommand, Sandbox, World } from '@entity-lockdown/sandbox';
import { secretMark } from '@entity-lockdown/sandbox';

export const account = '111122223333';
export const region = 'eu-west-1';
export const mark = 'abcdef012345';
export const secret: string = `${secretMark}-environment`;

/** An account with the role `worker`, and whatever a test adds. */
export interface Organization {
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  readonly context: Context;
  /** Where Lambda's state lives, for the sandbox's builders. */
  readonly place: { readonly world: World; readonly account: string; readonly region: string };
  pass(seconds: number): void;
  run<O extends object>(command: AnyCommand<O>): O;
}

export function organization(
  { sandbox, clock, run: runAnywhere }: Scene = buildWorld({ title: '', seed: () => '', expect: 'refused' }, undefined),
): Organization {
  const credentials = sandbox.credentials(`admin:${account}`);
  const of: Organization = {
    sandbox,
    clock,
    context: {
      client: <C extends AwsClient>(Class: AwsClientClass<C>, at = region) =>
        sandbox.createClient(Class, { region: at, credentials, maxAttempts: 1 }),
      mark,
    },
    place: { world: sandbox.world, account, region },
    pass: (seconds) => clock.turn(seconds * 1_000),
    run: (command) => runAnywhere(command, region),
  };
  role(of, 'worker');
  return of;
}

export function role(of: Organization, RoleName: string): string {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const made = of.run(new CreateRoleCommand({ RoleName, Path: '/service-role/', AssumeRolePolicyDocument }));
  const work = { Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [work] });
  of.run(new PutRolePolicyCommand({ RoleName, PolicyName: 'work', PolicyDocument }));
  return made.Role?.Arn ?? '';
}

export function roleArn(name: string): string {
  return `arn:aws:iam::${account}:role/service-role/${name}`;
}

/** An active function with a secret in its environment. */
export function lambda(of: Organization, name: string, more: Partial<CreateFunctionCommandInput> = {}): Entity {
  of.run(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: roleArn('worker'),
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: new Uint8Array([80, 75]) },
      Environment: { Variables: { TOKEN: secret } },
      ...more,
    }),
  );
  of.pass(60);
  return {
    key: `aws:${account}:${region}:${name}`,
    arn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    partition: 'aws',
    account,
    region,
    name,
  };
}

export function reserve(of: Organization, entity: Entity, ReservedConcurrentExecutions: number): void {
  of.run(new PutFunctionConcurrencyCommand({ FunctionName: entity.name, ReservedConcurrentExecutions }));
}

/** What is reserved for a function: undefined is unset. */
export function reserved(of: Organization, entity: Entity): number | undefined {
  return of.run(new GetFunctionConcurrencyCommand({ FunctionName: entity.name })).ReservedConcurrentExecutions;
}

/** A version, which keeps the role that the function has now. */
export function publish(of: Organization, { name: FunctionName }: Entity): void {
  of.run(new PublishVersionCommand({ FunctionName }));
}

/** A version with an alias, and provisioned concurrency for the alias where it is asked for. */
export function alias(of: Organization, { name: FunctionName }: Entity, Name: string, provisioned?: number): void {
  const { Version } = of.run(new PublishVersionCommand({ FunctionName }));
  of.run(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
  if (provisioned === undefined) return;
  const config = { FunctionName, Qualifier: Name, ProvisionedConcurrentExecutions: provisioned };
  of.run(new PutProvisionedConcurrencyConfigCommand(config));
  of.pass(120);
}

export function provisionedOf(of: Organization, { name: FunctionName }: Entity): readonly (number | undefined)[] {
  const { ProvisionedConcurrencyConfigs = [] } = of.run(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
  return ProvisionedConcurrencyConfigs.map(({ RequestedProvisionedConcurrentExecutions: requested }) => requested);
}

/** A queue that starts a function, or a version or alias of it. Answers the mapping's ARN. */
export function mapping(of: Organization, FunctionName: string, queue: string, Enabled = true): string {
  const EventSourceArn = `arn:aws:sqs:${region}:${account}:${queue}`;
  const { UUID } = of.run(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, Enabled }));
  of.pass(60);
  return `arn:aws:lambda:${region}:${account}:event-source-mapping:${UUID}`;
}

export function stateOf(of: Organization, mappingArn: string): string | undefined {
  const UUID = mappingArn.slice(mappingArn.lastIndexOf(':') + 1);
  return of.run(new GetEventSourceMappingCommand({ UUID })).State;
}

/** What an attacker does who may configure functions. */
export function swapRole(of: Organization, entity: Entity, to: string): void {
  of.run(new UpdateFunctionConfigurationCommand({ FunctionName: entity.name, Role: roleArn(to) }));
  of.pass(60);
}
