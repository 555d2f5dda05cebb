import type {
  CreateFunctionRequest,
  DeleteFunctionRequest,
  FunctionConfiguration,
  GetAccountSettingsResponse,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import type { Call, Operations } from '../operation.ts';
import { unreserved } from './concurrency.ts';
import { conflict, invalidValue, notFound } from './errors.ts';
import { demandOn, findFunction, findUnqualified, readName, versionOf } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { page } from './pages.ts';
import { checkedRole, passRoleDemands } from './roles.ts';
import type { FunctionConfig, LambdaFunction } from './state.ts';
import { begin, functionArn, lambdaState, underWay } from './state.ts';
import { requestTags } from './tags.ts';

/** A version of a function as the API prints it: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export function printedFunction(call: Call, found: LambdaFunction, qualifier?: string): FunctionConfiguration {
  const { version, config } = versionOf(call, found, qualifier);
  const doing = version === '$LATEST' ? underWay(found.changing, call.now) : undefined;
  return {
    FunctionName: found.name,
    FunctionArn: functionArn(call.partition, call, found.name, qualifier),
    Version: version,
    Role: config.role,
    Runtime: config.runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Handler: config.handler,
    Description: config.description,
    Timeout: config.timeout,
    MemorySize: config.memory,
    Environment: config.environment.size === 0 ? undefined : { Variables: Object.fromEntries(config.environment) },
    CodeSize: 1_024,
    CodeSha256: btoa(config.code),
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    LastModified: new Date(found.changed).toISOString().replace('Z', '+0000'),
    State: doing === 'Pending' ? 'Pending' : 'Active',
    StateReasonCode: doing === 'Pending' ? 'Creating' : undefined,
    LastUpdateStatus: doing === undefined ? 'Successful' : 'InProgress',
  };
}

/** Refuses what can't be done while a function is made or changed: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
export function refuseBusy(call: Call, found: LambdaFunction): void {
  const doing = underWay(found.changing, call.now);
  if (doing === 'Pending')
    throw conflict('The operation cannot be performed at this time. The function is currently in the following state: Pending');
  if (doing === 'InProgress')
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(call.partition, call, found.name)}`,
    );
}

function changedConfig(config: FunctionConfig, input: UpdateFunctionConfigurationRequest): FunctionConfig {
  return {
    ...config,
    role: input.Role ?? config.role,
    runtime: input.Runtime ?? config.runtime,
    handler: input.Handler ?? config.handler,
    description: input.Description ?? config.description,
    timeout: input.Timeout ?? config.timeout,
    memory: input.MemorySize ?? config.memory,
    environment:
      input.Environment === undefined ? config.environment : new Map(Object.entries(input.Environment.Variables ?? {})),
  };
}

export const functionOperations: Operations = {
  CreateFunction: lambdaOperation<CreateFunctionRequest, FunctionConfiguration>('CreateFunction', {
    mutates: true,
    demands: (call, input) => [
      { ...demandOn(call, 'CreateFunction', input.FunctionName), context: requestTags(input.Tags) },
      ...(input.Tags === undefined
        ? []
        : [{ ...demandOn(call, 'TagResource', input.FunctionName), context: requestTags(input.Tags) }]),
      ...passRoleDemands(call, input.Role),
    ],
    run(call, input) {
      const state = lambdaState(call);
      const { name } = readName(call, input.FunctionName);
      if (state.functions.get(name) !== undefined) throw conflict(`Function already exist: ${name}`);
      const found: LambdaFunction = {
        name,
        config: {
          role: checkedRole(call, input.Role),
          runtime: input.Runtime ?? 'nodejs24.x',
          handler: input.Handler ?? 'index.handler',
          description: input.Description ?? '',
          timeout: input.Timeout ?? 3,
          memory: input.MemorySize ?? 128,
          environment: new Map(Object.entries(input.Environment?.Variables ?? {})),
          code: call.id(''),
        },
        changed: call.now,
        changing: begin('Pending', call.now, state.options.creatingSeconds),
        lastVersion: 0,
        versions: new Map(),
        aliases: new Map(),
        provisioned: new Map(),
        tags: new Map(Object.entries(input.Tags ?? {})),
      };
      state.functions.set(name, found);
      return printedFunction(call, found);
    },
  }),

  GetFunction: lambdaOperation<GetFunctionRequest, GetFunctionResponse>('GetFunction', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'GetFunction', input.FunctionName, input.Qualifier)],
    run(call, input) {
      const named = readName(call, input.FunctionName, input.Qualifier);
      const found = findFunction(call, named);
      return {
        Configuration: printedFunction(call, found, named.qualifier),
        Code: {
          RepositoryType: 'S3',
          Location: `https://awslambda-${call.region}-tasks.s3.${call.region}.amazonaws.com/${found.name}`,
        },
        Tags: found.tags.size === 0 ? undefined : Object.fromEntries(found.tags),
        // Absent where nothing is reserved.
        Concurrency: found.reserved === undefined ? undefined : { ReservedConcurrentExecutions: found.reserved },
      };
    },
  }),

  GetFunctionConfiguration: lambdaOperation<GetFunctionConfigurationRequest, FunctionConfiguration>('GetFunctionConfiguration', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'GetFunctionConfiguration', input.FunctionName, input.Qualifier)],
    run(call, input) {
      const named = readName(call, input.FunctionName, input.Qualifier);
      return printedFunction(call, findFunction(call, named), named.qualifier);
    },
  }),

  ListFunctions: lambdaOperation<ListFunctionsRequest, ListFunctionsResponse>('ListFunctions', {
    mutates: false,
    demands: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
    run(call, input) {
      const state = lambdaState(call);
      const { items, next } = page([...state.functions.values()], ({ name }) => name, input, state.options.pageSize);
      return { Functions: items.map((found) => printedFunction(call, found)), NextMarker: next };
    },
  }),

  UpdateFunctionConfiguration: lambdaOperation<UpdateFunctionConfigurationRequest, FunctionConfiguration>(
    'UpdateFunctionConfiguration',
    {
      mutates: true,
      demands: (call, input) => [
        demandOn(call, 'UpdateFunctionConfiguration', input.FunctionName),
        ...passRoleDemands(call, input.Role),
      ],
      run(call, input) {
        const found = findUnqualified(call, input.FunctionName);
        refuseBusy(call, found);
        if (input.Role !== undefined) checkedRole(call, input.Role);
        found.config = changedConfig(found.config, input);
        found.changed = call.now;
        found.changing = begin('InProgress', call.now, lambdaState(call).options.updatingSeconds);
        return printedFunction(call, found);
      },
    },
  ),

  DeleteFunction: lambdaOperation<DeleteFunctionRequest, object>('DeleteFunction', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'DeleteFunction', input.FunctionName, input.Qualifier)],
    run(call, input) {
      const named = readName(call, input.FunctionName, input.Qualifier);
      const found = findFunction(call, named);
      if (named.qualifier === undefined) {
        // Its mappings stay, without a function.
        lambdaState(call).functions.delete(found.name);
        return {};
      }
      const { qualifier } = named;
      if (qualifier === '$LATEST') throw invalidValue('$LATEST version cannot be deleted without deleting the function.');
      if (found.versions.get(qualifier) === undefined)
        throw notFound(`Function not found: ${functionArn(call.partition, call, found.name, qualifier)}`);
      if ([...found.aliases.values()].some((alias) => alias.version === qualifier))
        throw conflict(`Version ${qualifier} is used by an alias.`);
      found.versions.delete(qualifier);
      found.provisioned.delete(qualifier);
      return {};
    },
  }),

  GetAccountSettings: lambdaOperation<object, GetAccountSettingsResponse>('GetAccountSettings', {
    mutates: false,
    demands: () => [{ action: 'lambda:GetAccountSettings', resource: '*' }],
    run(call) {
      const state = lambdaState(call);
      return {
        AccountLimit: {
          ConcurrentExecutions: state.options.concurrency,
          UnreservedConcurrentExecutions: unreserved(state),
        },
        AccountUsage: { FunctionCount: state.functions.size },
      };
    },
  }),
};
