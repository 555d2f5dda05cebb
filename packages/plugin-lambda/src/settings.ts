import { type DenySettings, denySettings } from '@entity-lockdown/iam-deny';
import type { Setting } from '@entity-lockdown/plugin-api';
import { eventSourceMappingEnabled } from './settings/event-source-mapping.ts';
import { provisionedConcurrency } from './settings/provisioned-concurrency.ts';
import { reservedConcurrency } from './settings/reserved-concurrency.ts';
import type { FunctionState } from './state.ts';

export type FunctionSettings = DenySettings<FunctionState> & {
  readonly 'lambda.function.reserved-concurrency': Setting<FunctionState, number | null>;
  readonly 'lambda.function.provisioned-concurrency': Setting<FunctionState, number | null>;
  readonly 'lambda.event-source-mapping.enabled': Setting<FunctionState, boolean>;
};

export const settings: FunctionSettings = {
  'lambda.function.reserved-concurrency': reservedConcurrency,
  'lambda.function.provisioned-concurrency': provisionedConcurrency,
  'lambda.event-source-mapping.enabled': eventSourceMappingEnabled,
  ...denySettings<FunctionState>((now, on) => now.roles[on]),
};
