import type {
  DeleteProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigResponse,
  ListProvisionedConcurrencyConfigsRequest,
  ListProvisionedConcurrencyConfigsResponse,
  PutProvisionedConcurrencyConfigRequest,
  PutProvisionedConcurrencyConfigResponse,
} from '@aws-sdk/client-lambda';
import type { Call, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { provisionedOf, unreserved } from './concurrency.ts';
import { conflict, invalidRequest, invalidValue } from './errors.ts';
import { demandOn, findFunction, findUnqualified, readName, versionOf } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { page } from './pages.ts';
import type { LambdaFunction, Provisioned } from './state.ts';
import { begin, functionArn, lambdaState, underWay } from './state.ts';

interface Request {
  readonly FunctionName: string | undefined;
  readonly Qualifier: string | undefined;
}

function find(call: Call, input: Request): { readonly found: LambdaFunction; readonly qualifier: string } {
  const named = readName(call, input.FunctionName, input.Qualifier);
  const found = findFunction(call, named);
  if (named.qualifier === undefined) throw invalidRequest('qualifier', 'null');
  return { found, qualifier: named.qualifier };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
function noConfig(): Error {
  return awsError(
    'ProvisionedConcurrencyConfigNotFoundException',
    'No Provisioned Concurrency Config found for this function',
    404,
  );
}

function printed(config: Provisioned, now: number): GetProvisionedConcurrencyConfigResponse {
  const Status = underWay(config.changing, now) ?? 'READY';
  const allocated = Status === 'READY' ? config.requested : 0;
  return {
    RequestedProvisionedConcurrentExecutions: config.requested,
    AvailableProvisionedConcurrentExecutions: allocated,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status,
    LastModified: new Date(config.changed).toISOString().replace('Z', '+0000'),
  };
}

export const provisionedConcurrencyOperations: Operations = {
  PutProvisionedConcurrencyConfig: lambdaOperation<
    PutProvisionedConcurrencyConfigRequest,
    PutProvisionedConcurrencyConfigResponse
  >('PutProvisionedConcurrencyConfig', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'PutProvisionedConcurrencyConfig', input.FunctionName, input.Qualifier)],
    run(call, input) {
      const state = lambdaState(call);
      const { found, qualifier } = find(call, input);
      const requested = input.ProvisionedConcurrentExecutions;
      if (requested === undefined || requested < 1) throw invalidRequest('provisionedConcurrentExecutions', String(requested));
      const { version } = versionOf(call, found, qualifier);
      if (version === '$LATEST')
        throw invalidValue('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
      // A version can have it by its own number or by an alias, not by both: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
      const clash = [...found.provisioned.keys()].find(
        (other) =>
          other !== qualifier &&
          versionOf(call, found, other).version === version &&
          (other === version || qualifier === version),
      );
      if (clash !== undefined) throw conflict(`Version ${version} has a Provisioned Concurrency Config by ${clash}.`);
      const others = provisionedOf(found) - (found.provisioned.get(qualifier)?.requested ?? 0);
      if (found.reserved !== undefined && others + requested > found.reserved)
        throw invalidValue(
          'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
        );
      if (found.reserved === undefined && unreserved(state, found) - others - requested < state.options.unreservedMinimum)
        throw invalidValue(
          `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${state.options.unreservedMinimum}].`,
        );
      const config: Provisioned = {
        requested,
        changed: call.now,
        changing: begin('IN_PROGRESS', call.now, state.options.provisioningSeconds),
      };
      found.provisioned.set(qualifier, config);
      return printed(config, call.now);
    },
  }),

  GetProvisionedConcurrencyConfig: lambdaOperation<
    GetProvisionedConcurrencyConfigRequest,
    GetProvisionedConcurrencyConfigResponse
  >('GetProvisionedConcurrencyConfig', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'GetProvisionedConcurrencyConfig', input.FunctionName, input.Qualifier)],
    run(call, input) {
      const { found, qualifier } = find(call, input);
      const config = found.provisioned.get(qualifier);
      if (config === undefined) throw noConfig();
      return printed(config, call.now);
    },
  }),

  ListProvisionedConcurrencyConfigs: lambdaOperation<
    ListProvisionedConcurrencyConfigsRequest,
    ListProvisionedConcurrencyConfigsResponse
  >('ListProvisionedConcurrencyConfigs', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'ListProvisionedConcurrencyConfigs', input.FunctionName)],
    run(call, input) {
      const found = findUnqualified(call, input.FunctionName);
      const { items, next } = page([...found.provisioned], ([qualifier]) => qualifier, input, lambdaState(call).options.pageSize);
      return {
        ProvisionedConcurrencyConfigs: items.map(([qualifier, config]) => ({
          FunctionArn: functionArn(call.partition, call, found.name, qualifier),
          ...printed(config, call.now),
        })),
        NextMarker: next,
      };
    },
  }),

  DeleteProvisionedConcurrencyConfig: lambdaOperation<DeleteProvisionedConcurrencyConfigRequest, object>(
    'DeleteProvisionedConcurrencyConfig',
    {
      mutates: true,
      demands: (call, input) => [demandOn(call, 'DeleteProvisionedConcurrencyConfig', input.FunctionName, input.Qualifier)],
      run(call, input) {
        const { found, qualifier } = find(call, input);
        if (found.provisioned.get(qualifier) === undefined) throw noConfig();
        found.provisioned.delete(qualifier);
        return {};
      },
    },
  ),
};
