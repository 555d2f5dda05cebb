import { lockdownRetryStrategy, type OptionValues, optionsFor, resolve } from '@entity-lockdown/core';
import {
  type AwsClient,
  type AwsClientClass,
  type Change,
  type Context,
  type Entity,
  iamRegion,
  type Json,
  type Known,
  type Observed,
  type Plugin,
  type Setting,
  type Stage,
} from '@entity-lockdown/plugin-api';
import type { SandboxOptions } from '@entity-lockdown/sandbox';
import { type Journey, journeyThrough } from './journey.ts';
import { seededRandom } from './random.ts';
import { createTestHost, registryOf, type TestHost, type TestHostOptions } from './test-host.ts';
import { type BuiltWorld, buildWorld, type PluginWorld } from './world.ts';

export type AnySettings = { readonly [name: string]: Setting<unknown, Json> };
export type AnyChange = Change<AnySettings>;
export type AnyStage = Stage<AnySettings>;

export interface ConformanceOptions {
  /** Entities of the plugin's type, as different from one another as they come. */
  readonly worlds: readonly PluginWorld[];
  /** Services that the sandbox lacks, or operations that its services lack. */
  readonly services?: SandboxOptions['services'];
  /** The plugin's package.json: `new URL('../package.json', import.meta.url)`. Its manifest is compared where it is built. */
  readonly package?: URL;
  /** In at most so many places of each run the process is stopped, evenly spread. All of them where it is left out. */
  readonly stops?: number;
}

/** A world of the list, to be built as often as a check needs it. */
export interface SubjectWorld extends PluginWorld {
  /** The values of all options of the plugin. */
  readonly values: OptionValues;
  build(): BuiltWorld;
  /** The world contained and released without any disturbance. Made once. */
  journey(): Promise<Journey>;
}

/** A plugin under test, with its worlds and what many checks need of them. */
export interface Subject {
  readonly plugin: Plugin;
  readonly options: ConformanceOptions;
  readonly settings: AnySettings;
  readonly worlds: readonly SubjectWorld[];
  /** Worlds in which there is something to contain. */
  readonly containable: readonly SubjectWorld[];
  /** A process of Entity Lockdown in a world, with the plugin alone. */
  host(world: BuiltWorld, more?: Partial<TestHostOptions>): TestHost;
}

/** Stands for the ledger's mark where a check calls the plugin without one. */
export const testMark = 'testkit00001';

export function subjectOf(plugin: Plugin, options: ConformanceOptions): Subject {
  let seeds = 0;
  const worlds = options.worlds.map((world): SubjectWorld => {
    let journey: Promise<Journey> | undefined;
    const own: SubjectWorld = {
      ...world,
      values: optionsFor(plugin.manifest, world.options ?? {}),
      build: () => buildWorld(world, options.services),
      journey: () => {
        journey ??= journeyThrough(subject, own);
        return journey;
      },
    };
    return own;
  });
  const subject: Subject = {
    plugin,
    options,
    settings: plugin.settings as AnySettings,
    worlds,
    containable: worlds.filter(({ expect }) => expect !== 'refused'),
    host(world, more = {}) {
      seeds += 1;
      return createTestHost({
        sandbox: world.sandbox,
        clock: world.clock,
        registry: registryOf(plugin),
        as: `admin:${world.account}`,
        random: seededRandom(seeds),
        ...more,
      });
    },
  };
  return subject;
}

/** The entity that a world's ARN means. Throws as the core does where it means none. */
export async function entityOf(subject: Subject, world: BuiltWorld): Promise<Entity> {
  return (await resolve(registryOf(subject.plugin), world.arn)).entity;
}

/** What the host would give to the plugin, with the administrator's credentials. */
export function contextIn(world: BuiltWorld, entity: Entity, mark: string = testMark): Context {
  const region = entity.region === '' ? iamRegion(entity.partition, 'us-east-1') : entity.region;
  const credentials = world.sandbox.credentials(`admin:${entity.account}`);
  return {
    client: <C extends AwsClient>(Client: AwsClientClass<C>, other?: string): C =>
      world.sandbox.createClient(Client, { region: other ?? region, credentials, retryStrategy: lockdownRetryStrategy(0) }),
    mark,
  };
}

export async function look(
  subject: Subject,
  world: BuiltWorld,
  entity: Entity,
  known: Known = { targets: [] },
  mark: string = testMark,
): Promise<Observed<unknown>> {
  return await subject.plugin.inspect(contextIn(world, entity, mark), entity, known);
}

export function planOf(subject: Subject, state: unknown, entity: Entity, options: OptionValues): readonly AnyStage[] {
  return subject.plugin.plan(state, entity, options) as readonly AnyStage[];
}

export function settingNamed(subject: Subject, name: string): Setting<unknown, Json> | undefined {
  return Object.hasOwn(subject.settings, name) ? subject.settings[name] : undefined;
}
