import type { Operations } from '../operation.ts';
import { concurrencyOperations } from './concurrency.ts';
import { eventSourceMappingOperations } from './event-source-mappings.ts';
import { functionOperations } from './functions.ts';
import { invoke } from './invoke.ts';
import { provisionedConcurrencyOperations } from './provisioned-concurrency.ts';
import { tagOperations } from './tags.ts';
import { versionOperations } from './versions.ts';

/** The operations of AWS Lambda that the sandbox knows, by name. */
export const lambdaOperations: Operations = {
  ...functionOperations,
  ...versionOperations,
  ...concurrencyOperations,
  ...provisionedConcurrencyOperations,
  ...eventSourceMappingOperations,
  Invoke: invoke,
  ...tagOperations,
};
