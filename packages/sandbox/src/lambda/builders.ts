import type { LambdaOptions } from './options.ts';
import type { Place } from './state.ts';
import { lambdaState } from './state.ts';

// What nobody can bring about through the API, for building worlds.

/** Changes options of an account and Region. What is under way keeps the durations it began with. */
export function configureLambda(place: Place, options: Partial<LambdaOptions>): void {
  const state = lambdaState(place);
  state.options = { ...state.options, ...options };
}

/** Gives a function a role without asking whether it is there, or whose it is. */
export function putFunctionRole(place: Place, name: string, role: string): void {
  const found = lambdaState(place).functions.get(name);
  if (found === undefined) throw new Error(`there is no function ${name}`);
  found.config = { ...found.config, role };
}
