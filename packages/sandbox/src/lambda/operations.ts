import type { Operations } from '../operation.ts';

/** The operations of AWS Lambda that the sandbox knows, by name. */
export const lambdaOperations: Operations = {};
