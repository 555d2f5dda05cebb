import {
  DeleteProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { awsErrorCode, nullOr, partOf, resourceOf, type Setting, whole } from '@entity-lockdown/plugin-api';
import type { FunctionState } from '../state.ts';

/**
 * Provisioned concurrency of a version or an alias; `on` is `<function ARN>#<qualifier>`. It can't be more than is reserved, so that
 * it stands in the way of a reserved concurrency of 0. What counts is what is asked for: what Lambda is still allocating (a minute or
 * two) is taken away at once, and is back as soon as it is asked for again.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export const provisionedConcurrency: Setting<FunctionState, number | null> = {
  value: nullOr(whole),
  read(now, on) {
    if (now.configuration === null || resourceOf(on) !== now.arn) return undefined;
    return now.provisioned[qualifierOf(on)] ?? null;
  },
  async write(ctx, on, value, now) {
    const lambda = ctx.client(LambdaClient);
    const config = { FunctionName: now.name, Qualifier: qualifierOf(on) };
    if (value !== null)
      await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...config, ProvisionedConcurrentExecutions: value }));
    else
      try {
        await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(config));
      } catch (error) {
        if (awsErrorCode(error) !== 'ProvisionedConcurrencyConfigNotFound') throw error;
      }
  },
};

function qualifierOf(on: string): string {
  return partOf(on) ?? '';
}
