import { type Entity, isArnFault, type Manifest, matchesArn, type Plugin, parseArn } from '@entity-lockdown/plugin-api';
import { invalid, refused } from './failure.ts';
import type { ContainmentRecord } from './ledger/record.ts';

/** A plugin that is known by its manifest; its code is loaded when an entity of its type is asked for. */
export interface RegisteredPlugin {
  readonly manifest: Manifest;
  /** The npm package, and the version that records name. */
  readonly package: { readonly name: string; readonly version: string; readonly location?: string };
  /** Throws where the package's code cannot be loaded, or is no plugin. */
  load(): Promise<Plugin>;
}

export interface Registry {
  readonly plugins: readonly RegisteredPlugin[];
}

/** An entity and the plugin that knows its type. */
export interface Resolved {
  readonly entity: Entity;
  readonly plugin: Plugin;
  readonly registered: RegisteredPlugin;
}

/** Which entity an ARN means: exactly one, or a LockdownError that says why not and what to use instead. */
export async function resolve(registry: Registry, given: string): Promise<Resolved> {
  const parsed = parseArn(given);
  if (isArnFault(parsed)) {
    const hint = registry.plugins.flatMap(({ manifest }) => manifest.hints ?? []).find(({ prefix }) => given.startsWith(prefix));
    throw invalid(
      'not-an-arn',
      `${shown(given)} is not an ARN: ${parsed.fault}.`,
      hint?.say ?? 'Give the ARN of the entity, such as arn:aws:iam::111122223333:role/app.',
    );
  }
  const candidates = registry.plugins.filter(({ manifest }) => manifest.match.some((pattern) => matchesArn(pattern, parsed)));
  if (candidates.length === 0) {
    throw invalid(
      'unsupported-type',
      `No plugin contains what ${shown(given)} names (service ${parsed.service}).`,
      `Supported: ${registry.plugins.map(({ manifest }) => manifest.title).join(', ') || 'nothing: no plugin is installed'}. Others can be added as plugins (lockdown plugins lists what is installed).`,
    );
  }
  const answers = await Promise.all(
    candidates.map(async (registered) => {
      const plugin = await registered.load();
      return { registered, plugin, answer: plugin.resolve({ text: given, arn: parsed }) };
    }),
  );
  const entities = answers.flatMap(({ answer, ...rest }) => ('refused' in answer ? [] : [{ ...rest, entity: answer }]));
  const [only, another] = entities;
  if (only !== undefined && another !== undefined) {
    throw refused(
      'ambiguous',
      `${shown(given)} is claimed by two plugins: ${only.registered.package.name} and ${another.registered.package.name}.`,
      'Remove one of them from the dependencies of the application.',
    );
  }
  if (only !== undefined) return only;
  const refusal = answers.map(({ answer }) => answer).find((answer) => 'refused' in answer);
  throw invalid(
    'not-an-entity',
    refusal?.refused ?? `${shown(given)} is not an entity.`,
    refusal?.instead ?? 'Give the ARN of an entity.',
  );
}

/** Names an entity among all of all types; the ledger's key for it. */
export function entityKey(manifest: Manifest, entity: Entity): string {
  return `${manifest.id}:${entity.key}`;
}

/** Input as it may be printed: short, and without characters that hide or move text. */
export function shown(given: string): string {
  const plain = given.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  return JSON.stringify(plain.length > 120 ? `${plain.slice(0, 120)}...` : plain);
}

/** The plugin that made a record, for its entity. Throws LockdownError where it is not installed. */
export async function resolveRecord(registry: Registry, record: ContainmentRecord): Promise<Resolved> {
  const registered = registry.plugins.find(({ manifest }) => manifest.id === record.plugin.id);
  if (registered === undefined) {
    throw invalid(
      'no-plugin',
      `The record ${record.id} was made by the plugin ${record.plugin.package} (${record.plugin.id}), which is not installed.`,
      `Install ${record.plugin.package}.`,
    );
  }
  return { registered, plugin: await registered.load(), entity: record.entity };
}
