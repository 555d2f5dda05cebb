import type { World } from '../world.ts';
import type { LambdaOptions } from './options.ts';
import { lambdaDefaults } from './options.ts';

/** Where state of Lambda lives: an account and a Region of a world. Every `Call` is one. */
export interface Place {
  readonly world: World;
  readonly account: string;
  readonly region: string;
}

/** What AWS is still at, and until when (milliseconds since the epoch). After that it is over, with nothing to be done. */
export interface Changing<As extends string> {
  readonly as: As;
  readonly until: number;
}

/** What a version freezes. */
export interface FunctionConfig {
  readonly role: string;
  readonly runtime: string;
  readonly handler: string;
  readonly description: string;
  readonly timeout: number;
  readonly memory: number;
  /** Often holds secrets. */
  readonly environment: ReadonlyMap<string, string>;
  readonly code: string;
}

export interface Provisioned {
  requested: number;
  changed: number;
  changing: Changing<'IN_PROGRESS'>;
}

export interface LambdaFunction {
  readonly name: string;
  config: FunctionConfig;
  changed: number;
  changing: Changing<'Pending' | 'InProgress'>;
  /** Reserved concurrency. Unset is not 0: 0 stops the function. */
  reserved?: number;
  lastVersion: number;
  readonly versions: Map<string, FunctionConfig>;
  readonly aliases: Map<string, { readonly version: string; readonly description: string }>;
  /** By version or alias. */
  readonly provisioned: Map<string, Provisioned>;
  tags: Map<string, string>;
}

export type MappingTransition = 'Creating' | 'Enabling' | 'Disabling' | 'Updating' | 'Deleting';

export interface Mapping {
  readonly uuid: string;
  readonly source: string;
  /** Of the function, or of one of its versions or aliases. */
  functionArn: string;
  enabled: boolean;
  batchSize: number;
  changed: number;
  changing: Changing<MappingTransition>;
  tags: Map<string, string>;
}

export interface LambdaState {
  options: LambdaOptions;
  readonly functions: Map<string, LambdaFunction>;
  readonly mappings: Map<string, Mapping>;
}

/** Fields that hold when something last changed, and what was still going on then: of no account for whether two worlds are alike. */
export const lambdaVolatileFields: readonly string[] = ['changed', 'changing'];

export function lambdaState(place: Place): LambdaState {
  return place.world.slot('lambda', place.account, place.region, () => ({
    options: { ...lambdaDefaults },
    functions: new Map(),
    mappings: new Map(),
  }));
}

/** What AWS is at now, if anything. */
export function underWay<As extends string>(changing: Changing<As>, now: number): As | undefined {
  return now < changing.until ? changing.as : undefined;
}

export function begin<As extends string>(as: As, now: number, seconds: number): Changing<As> {
  return { as, until: now + seconds * 1_000 };
}

export function functionArn(partition: string, place: Place, name: string, qualifier?: string): string {
  const unqualified = `arn:${partition}:lambda:${place.region}:${place.account}:function:${name}`;
  return qualifier === undefined ? unqualified : `${unqualified}:${qualifier}`;
}

export function mappingArn(partition: string, place: Place, uuid: string): string {
  return `arn:${partition}:lambda:${place.region}:${place.account}:event-source-mapping:${uuid}`;
}
