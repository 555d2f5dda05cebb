import type {
  Concurrency,
  DeleteFunctionConcurrencyRequest,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  PutFunctionConcurrencyRequest,
} from '@aws-sdk/client-lambda';
import type { Operations } from '../operation.ts';
import { invalidRequest, invalidValue } from './errors.ts';
import { demandOn, findUnqualified } from './names.ts';
import { lambdaOperation } from './operation.ts';
import type { LambdaFunction, LambdaState } from './state.ts';
import { lambdaState } from './state.ts';

/** What a function has taken for its provisioned concurrency, all versions and aliases together. */
export function provisionedOf(found: LambdaFunction): number {
  return [...found.provisioned.values()].reduce((sum, { requested }) => sum + requested, 0);
}

/** What is left to functions that reserve nothing. Provisioned concurrency without a reservation is taken from it as well. */
export function unreserved(state: LambdaState, except?: LambdaFunction): number {
  const taken = [...state.functions.values()]
    .filter((found) => found !== except)
    .reduce((sum, found) => sum + (found.reserved ?? provisionedOf(found)), 0);
  return state.options.concurrency - taken;
}

export const concurrencyOperations: Operations = {
  PutFunctionConcurrency: lambdaOperation<PutFunctionConcurrencyRequest, Concurrency>('PutFunctionConcurrency', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'PutFunctionConcurrency', input.FunctionName)],
    run(call, input) {
      const state = lambdaState(call);
      const found = findUnqualified(call, input.FunctionName);
      const wanted = input.ReservedConcurrentExecutions;
      if (wanted === undefined || wanted < 0) throw invalidRequest('reservedConcurrentExecutions', String(wanted));
      // That provisioned can't exceed reserved concurrency is documented; the code that answers it is an assumption.
      // https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
      if (wanted < provisionedOf(found))
        throw invalidValue(
          `Specified ReservedConcurrentExecutions for function is below its provisioned concurrency of ${provisionedOf(found)}.`,
        );
      // The words were reported in https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/175. 0 takes nothing.
      if (wanted > 0 && unreserved(state, found) - wanted < state.options.unreservedMinimum)
        throw invalidValue(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${state.options.unreservedMinimum}].`,
        );
      found.reserved = wanted;
      return { ReservedConcurrentExecutions: wanted };
    },
  }),

  GetFunctionConcurrency: lambdaOperation<GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse>(
    'GetFunctionConcurrency',
    {
      mutates: false,
      demands: (call, input) => [demandOn(call, 'GetFunctionConcurrency', input.FunctionName)],
      run(call, input) {
        const { reserved } = findUnqualified(call, input.FunctionName);
        // Without the member where nothing is reserved: https://github.com/aws/aws-sdk/issues/309
        return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
      },
    },
  ),

  DeleteFunctionConcurrency: lambdaOperation<DeleteFunctionConcurrencyRequest, object>('DeleteFunctionConcurrency', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'DeleteFunctionConcurrency', input.FunctionName)],
    run(call, input) {
      delete findUnqualified(call, input.FunctionName).reserved;
      return {};
    },
  }),
};
