import {
  type EventSourceMappingConfiguration,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  type GetFunctionEventInvokeConfigCommandOutput,
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { Account } from './accounts.ts';

/** A function as it was deployed, with all that Lambda needs to run it. */
export interface DeployedFunction {
  readonly arn: string;
  readonly configuration: FunctionConfiguration;
  /** Its resource policy; undefined where it has none. */
  readonly policy: string | undefined;
  readonly mappings: readonly EventSourceMappingConfiguration[];
  readonly asynchronous: Pick<
    GetFunctionEventInvokeConfigCommandOutput,
    'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'DestinationConfig'
  >;
}

export async function deployedFunction(
  { endpoint, credentials }: Account,
  region: string,
  name: string,
): Promise<DeployedFunction> {
  const lambda = new LambdaClient({ endpoint, credentials, region });
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  if (Configuration?.FunctionArn === undefined) throw new Error(`There is no function ${name}`);
  const [policy, asynchronous, { EventSourceMappings = [] }] = await Promise.all([
    lambda.send(new GetPolicyCommand({ FunctionName: name })).then(({ Policy }) => Policy, missing),
    lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name })).catch(missing),
    lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name })),
  ]);
  return {
    arn: Configuration.FunctionArn,
    configuration: Configuration,
    policy,
    asynchronous: asynchronous ?? {},
    mappings: EventSourceMappings,
  };
}

function missing(error: unknown): undefined {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error;
}
