import { shown } from '@entity-lockdown/core';
import { play } from '../demo/story.ts';
import { tell } from '../demo/tell.ts';
import type { Result, Running } from '../result.ts';
import { usageError } from '../usage-error.ts';
import { registryFor } from './registry-for.ts';

/** Four compromised entities are contained and released in the sandbox. Ends with 0 only if all that is claimed has held. */
export async function demo(options: { readonly [name: string]: unknown }, running: Running): Promise<Result> {
  const seed = String(options.seed);
  if (!/^\d{1,9}$/.test(seed)) throw usageError(`${shown(seed)} is no seed.`, 'Give a whole number.');
  const story = await play(Number(seed), await registryFor(options, running));
  const held = story.claims.every(({ holds }) => holds);
  const { contained, answered, released, claims, attacks, bystanders } = story;
  return {
    exitCode: held ? 0 : 1,
    json: { seed: Number(seed), held, claims, attacks: [...attacks, ...bystanders], contained, answered, released },
    show: (out) => tell(out, story),
  };
}
