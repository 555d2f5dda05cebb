import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { arnOf, bool, type Setting } from '@entity-lockdown/plugin-api';
import type { FunctionState } from '../state.ts';

/**
 * Whether an event source mapping polls its source; `on` is the mapping's ARN. Disabled, it leaves the messages in their queue: under
 * a mere throttle they would be tried, given up and moved to a dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
export const eventSourceMappingEnabled: Setting<FunctionState, boolean> = {
  value: bool,
  // While it is created or updated Lambda does not tell which of the two it will be.
  read: (now, on) => valueIn[now.mappings[on]?.state ?? ''],
  pending(now, on) {
    const state = now.mappings[on]?.state;
    return state !== undefined && inTransition.has(state) ? `Lambda says that the mapping is ${state}` : undefined;
  },
  async write(ctx, on, value) {
    await ctx.client(LambdaClient).send(new UpdateEventSourceMappingCommand({ UUID: mappingId(on), Enabled: value }));
  },
};

const valueIn: { readonly [state: string]: boolean | undefined } = {
  Enabled: true,
  Enabling: true,
  Disabled: false,
  Disabling: false,
};
const inTransition: ReadonlySet<string> = new Set(['Creating', 'Enabling', 'Disabling', 'Updating']);

/** The UUID in the ARN of a mapping, which the operations ask for. */
export function mappingId(on: string): string {
  return arnOf(on).resource.slice('event-source-mapping:'.length);
}
