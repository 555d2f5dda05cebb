import { DeleteFunctionConcurrencyCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { nullOr, type Setting, whole } from '@entity-lockdown/plugin-api';
import type { FunctionState } from '../state.ts';

/**
 * Reserved concurrency of a function; `on` is the function's unqualified ARN. At 0 nothing starts the function any more, whatever
 * version or alias is asked for. Unset, 0 and N are three different originals.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export const reservedConcurrency: Setting<FunctionState, number | null> = {
  value: nullOr(whole),
  read: (now, on) => (now.configuration === null || on !== now.arn ? undefined : now.reserved),
  async write(ctx, _on, value, now) {
    const lambda = ctx.client(LambdaClient);
    const FunctionName = now.name;
    if (value === null) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    else await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: value }));
  },
};
