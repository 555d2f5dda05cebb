import type { Arn } from './arn.ts';
import type { Check } from './check.ts';
import type { AwsClient, AwsClientClass } from './client.ts';
import type { Json } from './json.ts';
import type { Manifest } from './manifest.ts';

/** What a person or a finding named: a well-formed ARN, which may still be no entity. */
export interface Reference {
  readonly text: string;
  readonly arn: Arn;
}

/** Exactly one thing in AWS. */
export interface Entity {
  /**
   * Names the entity among all of its type, however its ARN was spelled: partition, account, Region and name without path, as in
   * `aws:111122223333:alice`. It is stored: never change its form.
   */
  readonly key: string;
  /** The ARN in its usual spelling. */
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
  /** Empty for entities without a Region. */
  readonly region: string;
  readonly name: string;
  /** How changes name the entity itself in their `on`, where that is not `arn` (for IAM, the ARN without path). */
  readonly on?: string;
  /** Set where `arn` may lack the IAM path, since the ARN given has none: the full one is known after a look. */
  readonly pathUnknown?: true;
  /** What must be told beside it, such as that all sessions of a role are meant although one was named. */
  readonly note?: string;
}

/** Why an ARN is not an entity that can be contained, and what to do instead. Both are sentences for a person. */
export interface Refusal {
  readonly refused: string;
  readonly instead: string;
}

/** What the host gives to a plugin. */
export interface Context {
  /**
   * An AWS SDK client (v3) of the class given. Credentials, retries, deadlines and pooling are the host's; do not keep it, do not
   * destroy it. `region` is the entity's, or the partition's IAM Region, unless one is given.
   */
  client<C extends AwsClient>(Client: AwsClientClass<C>, region?: string): C;
  /** The ledger's random id, 12 characters of `a-z0-9`. It is in the names and tags of all that we create. */
  readonly mark: string;
}

/** One setting of one thing: the name of the setting, and the ARN of what has it, with a `#part` where it has several. */
export interface Target {
  readonly setting: string;
  readonly on: string;
}

/** What the ledger knows of an entity before `inspect` looks. */
export interface Known {
  /** The stable id of the entity as it was first seen (`AIDA...`), where it was. */
  readonly id?: string;
  /** All that was ever wanted of it: to be read although the entity may no longer point there. */
  readonly targets: readonly Target[];
}

export interface Observed<S> {
  readonly exists: boolean;
  /** Where it does not exist, or is not what was meant: a sentence that says so. */
  readonly missing?: string;
  /** An id that is never used again, such as `AIDA...`: another id under the same name is another entity. */
  readonly id: string;
  readonly state: S;
  /** The mark of another ledger that contains this entity already. */
  readonly markedBy?: string;
}

/** Something on AWS that can be read and set. `S` is what the plugin's `inspect` sees. */
export interface Setting<S, V extends Json> {
  /** What values there are. Used on what comes back from the ledger. */
  readonly value: Check<V>;
  /**
   * True for what we create ourselves, under the ledger's mark. Its original is known: `null`, not there. It can be wanted before
   * anything was read, and whatever was done to it meanwhile, release removes it.
   */
  readonly marked?: true;
  /** Its value. Pure. Undefined where there is no such thing, or it could not be read. */
  read(now: S, on: string): V | undefined;
  /** Why it cannot be written or counted on at the moment: AWS is still at it. Pure. */
  pending?(now: S, on: string): string | undefined;
  /** Whether two values mean the same, where that is more than being equal. Pure. */
  same?(a: V, b: V): boolean;
  /**
   * Whether a value shows by itself that we set it, such as a group that carries our mark: it is never taken for an original, nor for
   * what somebody else changed. Pure.
   */
  ours?(value: V): boolean;
  /** Sets it, once or twice with the same result. May answer what it learned, for the changes after it. Throws `unavailable()` on a quota. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return statement is the usual case
  write(ctx: Context, on: string, value: V, now: S): Promise<void | ((now: S) => S)>;
}

/** A plugin's settings by their names, which are global and stored: `iam.access-key.status`. */
// biome-ignore lint/suspicious/noExplicitAny: `never` admits no real setting here; each one's value type is recovered by ValueOf
export type Settings<S> = { readonly [name: string]: Setting<S, any> };

// biome-ignore lint/suspicious/noExplicitAny: only V is asked for
export type ValueOf<T, K extends keyof T> = T[K] extends Setting<any, infer V> ? V : never;

/** A value that is wanted of a target. Plain data: it can be shown, approved, stored, and made by another process tomorrow. */
export type Change<T> = { readonly [K in keyof T & string]: ChangeOf<T, K> }[keyof T & string];

export interface ChangeOf<T, K extends keyof T & string> {
  readonly setting: K;
  readonly on: string;
  readonly to: ValueOf<T, K>;
  /** The full ARN of the resource where `on` leaves something out (an IAM path): for guardrails and for people. */
  readonly arn?: string;
  /** What it does, in the imperative, for a person: `Deny everything to the role`. */
  readonly title: string;
  /** A hop: passed through once on the way to the target's last value, never rested in, never restored to. */
  readonly transit?: true;
  /** Changes with the same key are made one after another, in the order of the list. A failure does not stop the next. */
  readonly serial?: string;
  /** What is lost where it cannot be made: it cuts nothing off by itself, so that "contained" is said without it, with this warning. */
  readonly optional?: string;
  /** Why release cannot take it back exactly. */
  readonly irreversible?: string;
  /** Wanted in its place where `write` threw `unavailable()`. */
  readonly else?: Change<T>;
}

export interface Stage<T> {
  readonly title: string;
  /** Made side by side. */
  readonly changes: readonly Change<T>[];
  /** How long a target rests in a hop of this stage, counted for each from its own hop. */
  readonly dwell?: { readonly seconds: number; readonly why: string };
}

/** A step of the way back: a setting, several at once, or a wait (left out where nothing was written before it). */
export type Undo<T> = (keyof T & string) | readonly (keyof T & string)[] | { readonly wait: number; readonly why: string };

/** What containment does not stop, in words that an analyst understands. */
export interface Warning {
  readonly text: string;
  /** An open door: with it, "contained" is not said. */
  readonly gap?: true;
}

/** A plugin, as its author writes it. */
export interface Definition<S, O, T extends Settings<S>> {
  readonly manifest: Manifest;
  /** Which entity is meant: exactly one, or a refusal. Pure; knows only the ARN. */
  resolve(reference: Reference): Entity | Refusal;
  /** What can be wanted knowing only the ARN, so that it need not wait for a look. Only `marked` settings. Wanted again by `plan`. */
  immediate?(entity: Entity, options: O): readonly Change<NoInfer<T>>[];
  /** Looks at the entity and all around it that the plan needs. The only reader. */
  inspect(ctx: Context, entity: Entity, known: Known): Promise<Observed<S>>;
  /** All that is wanted, whether it is so already or not: applied and looked at again, it wants the same. Pure. */
  plan(now: S, entity: Entity, options: O): readonly Stage<NoInfer<T>>[];
  /**
   * The stable id of a resource whose name can be used again (a role's `AROA...`), by the resource's ARN as in `on`. Pure. A resource
   * with another id is another resource: what the ledger knows of the one before does not apply to it.
   */
  identify?(now: S, resource: string): string | undefined;
  /** What containment does not stop. Pure. */
  warnings(now: S, entity: Entity, options: O): readonly Warning[];
  /** The way back, where order matters. Settings that it does not name come first, the last change first. */
  readonly release?: readonly Undo<NoInfer<T>>[];
  readonly settings: T;
}

const marker = 'entity-lockdown.plugin';

/** A plugin, as the core sees it: the types of its state and settings are its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: the core treats state, options and values as opaque
export interface Plugin extends Definition<any, any, any> {
  readonly $$type: typeof marker;
}

/** Checks a definition with the compiler, and marks it. The result is a plugin package's default export. */
export function definePlugin<S, O, const T extends Settings<S>>(definition: Definition<S, O, T>): Plugin {
  return { ...definition, $$type: marker };
}

/** Recognises a plugin by its marker, never by `instanceof`: two copies of this package in one program are normal. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && (value as { $$type?: unknown }).$$type === marker;
}
