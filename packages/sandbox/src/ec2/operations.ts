import type { Operations } from '../operation.ts';

/** The operations of Amazon EC2 that the sandbox knows, by name. */
export const ec2Operations: Operations = {};
