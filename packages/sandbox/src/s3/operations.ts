import type { Operations } from '../operation.ts';

export const s3Operations: Operations = {};
