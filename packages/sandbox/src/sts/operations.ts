import type { Operations } from '../operation.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

/** The operations of AWS STS that the sandbox knows, by name. */
export const stsOperations: Operations = { GetCallerIdentity: getCallerIdentity };
