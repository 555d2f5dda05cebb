import { entityKey, optionsFor, type Registry, type Resolved, resolve, shown } from '@entity-lockdown/core';
import type { Entity, Manifest } from '@entity-lockdown/plugin-api';
import type { Spared } from './bad-input.ts';
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
  /** What is wrong is no matter of how it was given: whatever else was named goes on. */
  readonly concernsItself?: true;
}

/** An entity that was named rightly in a command that is not run. */
export function spared({ input, resolved }: Asked): Spared {
  return { input, arn: resolved.entity.arn, type: resolved.registered.manifest.id };
}

export interface AskedFor {
  readonly entities: readonly Asked[];
  /** What was given and cannot be asked for: what is no entity, and options that none of the entities has or takes so. */
  readonly rejected: readonly NotAsked[];
}

/** Which entities are meant. Each is asked for once, however often and in whatever spelling it was named. AWS is not asked. */
export async function entitiesAskedFor(
  registry: Registry,
  given: readonly string[],
  options: { readonly [name: string]: unknown },
): Promise<AskedFor> {
  const found = new Map<string, Asked>();
  const rejected = new Map<string, NotAsked>();
  for (const arn of given) {
    const input = shown(arn).slice(1, -1);
    try {
      const resolved = await resolve(registry, arn);
      const key = entityKey(resolved.registered.manifest, resolved.entity);
      const known = found.get(key);
      found.set(key, known === undefined ? { input, arn, resolved, again: [] } : { ...known, again: [...known.again, input] });
    } catch (error) {
      rejected.set(arn, { input, ...failingOf(error) });
    }
  }
  const entities = [...found.values()];
  return { entities, rejected: [...rejected.values(), ...badOptions(registry, entities, options)] };
}

/** What is wrong with the options of the plugins, for all the entities together. */
function badOptions(
  registry: Registry,
  entities: readonly Asked[],
  given: { readonly [name: string]: unknown },
): readonly NotAsked[] {
  if (entities.length === 0) return [];
  const manifests = registry.plugins.map(({ manifest }) => manifest);
  const named = new Set(entities.map(({ resolved }) => resolved.registered.manifest));
  const names = new Set(manifests.flatMap(({ options }) => Object.keys(options ?? {})));
  return [...names].flatMap((name): readonly NotAsked[] => {
    const input = `--${name}`;
    const value = given[name];
    if (value === undefined) return [];
    const having = [...named].filter(({ options }) => Object.hasOwn(options ?? {}, name));
    if (having.length === 0) return [{ input, ...failingOf(idle(name, manifests)) }];
    return having.flatMap((manifest) => {
      try {
        optionsFor(manifest, { [name]: value });
        return [];
      } catch (error) {
        return [{ input, ...failingOf(error) }];
      }
    });
  });
}

/** Refuses an option that none of the entities named has: whoever gives it believes that it does something. */
function idle(name: string, manifests: readonly Manifest[]): Error {
  const types = manifests.filter(({ options }) => Object.hasOwn(options ?? {}, name)).map(({ title }) => title);
  return usageError(`--${name} is for ${types.join(' and ')}, and none of them is named.`, `Leave --${name} out.`);
}

/** An entity's name in a line of progress: what its ARN ends with. */
export function shortName({ arn }: Pick<Entity, 'arn'>): string {
  return arn.split(':').slice(5).join(':') || arn;
}
