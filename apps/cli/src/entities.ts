import { entityKey, type Registry, type Resolved, resolve, shown } from '@entity-lockdown/core';
import type { Entity } from '@entity-lockdown/plugin-api';
import { type Failing, failingOf } from './failing.ts';
import { usageError } from './usage-error.ts';

/** One entity that was asked for, by whatever spellings. */
export interface Asked {
  /** As it was first given, fit to be shown. */
  readonly input: string;
  /** The ARN as it was first given. */
  readonly arn: string;
  readonly resolved: Resolved;
  /** The further times that it was named, fit to be shown. */
  readonly again: readonly string[];
}

export interface NotAsked extends Failing {
  readonly input: string;
}

export interface AskedFor {
  readonly entities: readonly Asked[];
  /** What was given and is no entity. */
  readonly rejected: readonly NotAsked[];
}

/** Which entities are meant. Each is asked for once, however often and in whatever spelling it was named. */
export async function entitiesAskedFor(registry: Registry, given: readonly string[]): Promise<AskedFor> {
  const entities = new Map<string, Asked>();
  const rejected = new Map<string, NotAsked>();
  for (const arn of given) {
    const input = shown(arn).slice(1, -1);
    try {
      const resolved = await resolve(registry, arn);
      const key = entityKey(resolved.registered.manifest, resolved.entity);
      const known = entities.get(key);
      entities.set(key, known === undefined ? { input, arn, resolved, again: [] } : { ...known, again: [...known.again, input] });
    } catch (error) {
      rejected.set(arn, { input, ...failingOf(error) });
    }
  }
  return { entities: [...entities.values()], rejected: [...rejected.values()] };
}

/** Refuses an option that none of the entities named has: whoever gives it believes that it does something. */
export function checkOptions(registry: Registry, entities: readonly Asked[], given: { readonly [name: string]: unknown }): void {
  const names = new Set(registry.plugins.flatMap(({ manifest }) => Object.keys(manifest.options ?? {})));
  const has = (name: string) => entities.some(({ resolved }) => Object.hasOwn(resolved.registered.manifest.options ?? {}, name));
  const idle = [...names].find((name) => given[name] !== undefined && !has(name));
  if (entities.length === 0 || idle === undefined) return;
  const types = registry.plugins
    .filter(({ manifest }) => Object.hasOwn(manifest.options ?? {}, idle))
    .map(({ manifest }) => manifest.title);
  throw usageError(`--${idle} is for ${types.join(' and ')}, and none of them is named.`, `Leave --${idle} out.`);
}

/** An entity's name in a line of progress: what its ARN ends with. */
export function shortName({ arn }: Pick<Entity, 'arn'>): string {
  return arn.split(':').slice(5).join(':') || arn;
}
