import type { Result, Running } from '../result.ts';

export async function demo(_options: { readonly [name: string]: unknown }, _running: Running): Promise<Result> {
  throw new Error('not yet');
}
