import {
  type Change,
  type Json,
  type Plugin,
  partOf,
  type Setting,
  type Stage,
  sameJson,
  type Undo,
} from '@entity-lockdown/plugin-api';
import { type ContainmentRecord, type RecordTarget, targetKey, wantedValue } from '../ledger/record.ts';

/** The core treats the settings of a plugin as opaque. */
export type AnyChange = Change<{ readonly [setting: string]: Setting<unknown, Json> }>;
export type AnyStage = Stage<{ readonly [setting: string]: Setting<unknown, Json> }>;

/** What the holds' plans want together. */
export interface Wanted {
  readonly targets: readonly RecordTarget[];
  /** Changes for which AWS has no room, and no `else` is left. */
  readonly exhausted: readonly AnyChange[];
  /** Targets that two holds, or one plan, want to have two different values. */
  readonly contradictions: readonly string[];
  /** Why targets rest in their hop, by stage. */
  readonly dwells: readonly string[];
}

/** Merges the plans of all holds into targets with the path of values that each is to take. Pure. */
export function mergePlans(
  plans: readonly (readonly AnyStage[])[],
  plugin: Plugin,
  isUnavailable: (key: string) => boolean,
): Wanted {
  const targets = new Map<string, RecordTarget>();
  const exhausted: AnyChange[] = [];
  const contradictions = new Set<string>();
  const dwells = new Set<string>();
  for (const plan of plans) {
    const own = new Map<string, RecordTarget>();
    for (const [index, stage] of plan.entries()) {
      if (stage.dwell !== undefined) dwells.add(stage.dwell.why);
      for (const wanted of stage.changes) {
        const change = firstAvailable(wanted, isUnavailable);
        if (change === undefined) {
          exhausted.push(wanted);
          continue;
        }
        const key = targetKey(change);
        const before = own.get(key);
        const inThisStage = targetOf(change, index, stage, plugin);
        if (before === undefined) own.set(key, inThisStage);
        else if (before.path.length > 1 || before.stage === index) {
          if (!sameJson(wantedValue(before), change.to)) contradictions.add(key);
        } else if (!sameJson(wantedValue(before), change.to))
          own.set(key, { ...before, title: change.title, hopTitle: before.title, path: [...before.path, change.to] });
      }
    }
    for (const [key, target] of own) {
      const other = targets.get(key);
      if (other !== undefined && !sameJson(wantedValue(other), wantedValue(target))) contradictions.add(key);
      targets.set(key, other === undefined ? target : longer(other, target));
    }
  }
  return { targets: [...targets.values()], exhausted, contradictions: [...contradictions], dwells: [...dwells] };
}

function firstAvailable(wanted: AnyChange, isUnavailable: (key: string) => boolean): AnyChange | undefined {
  let change: AnyChange | undefined = wanted;
  while (change !== undefined && isUnavailable(targetKey(change))) change = change.else;
  return change;
}

export function targetOf(change: AnyChange, stage: number, of: Pick<AnyStage, 'dwell'>, plugin: Plugin): RecordTarget {
  const { setting, on, arn, title, serial, optional, irreversible } = change;
  const marked = (plugin.settings as { readonly [name: string]: { readonly marked?: true } })[setting]?.marked;
  return {
    setting,
    on,
    title,
    path: [change.to],
    stage,
    dwell: change.transit === true ? (of.dwell?.seconds ?? 0) : 0,
    ...(change.transit === true && of.dwell !== undefined && { dwellFor: of.dwell.why }),
    ...(arn !== undefined && { arn }),
    ...(serial !== undefined && { serial }),
    ...(optional !== undefined && { optional }),
    ...(irreversible !== undefined && { irreversible }),
    ...(marked === true && { marked }),
  };
}

function longer(a: RecordTarget, b: RecordTarget): RecordTarget {
  const chosen = b.path.length > a.path.length ? b : a;
  return { ...chosen, dwell: Math.max(a.dwell, b.dwell) };
}

/**
 * The targets of a record after a look: those that it lists, with what the plans now say of them, and the new ones. What was wanted
 * once stays wanted, whether or not the plans still name it.
 */
export function withWanted(
  record: ContainmentRecord,
  wanted: readonly RecordTarget[],
  isOwn: (on: string) => boolean,
): readonly RecordTarget[] {
  const named = new Map(wanted.map((target) => [targetKey(target), target]));
  const listed = record.targets.map((target) => {
    const now = named.get(targetKey(target));
    if (now === undefined) return target;
    named.delete(targetKey(target));
    const { hopAt, cutShort, unavailable, late, failure, released } = target;
    return {
      ...now,
      ...(hopAt !== undefined && { hopAt }),
      ...(cutShort !== undefined && { cutShort }),
      ...(unavailable !== undefined && { unavailable }),
      ...(late !== undefined && { late }),
      ...(failure !== undefined && { failure }),
      ...(released !== undefined && { released }),
    };
  });
  const seen = new Set(record.targets.map(({ on }) => on));
  // A part of the entity that no look before has shown, such as an access key that the attacker made meanwhile.
  const isLate = ({ on }: RecordTarget) =>
    record.lookedAt !== undefined && partOf(on) !== undefined && isOwn(on) && !seen.has(on);
  const added = [...named.values()].map((target) => (isLate(target) ? { ...target, late: true as const } : target));
  return [...listed, ...added];
}

/** Where a target stands on its path, and what comes next. */
export type Standing =
  | { readonly kind: 'done' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'pending'; readonly why: string }
  | { readonly kind: 'hop'; readonly value: Json }
  | { readonly kind: 'last'; readonly value: Json }
  | { readonly kind: 'dwell'; readonly until: number };

export interface Circumstances {
  /** The time, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether the rest of dwells is left out, since this process must end. */
  readonly hurry: boolean;
  /** Whether its hop was acknowledged so lately that the reading may not show it yet. */
  readonly fresh: boolean;
}

/**
 * Says what a target needs next. Pure. A hop is made once a record: a target that comes back, or whose hop did not last, goes
 * straight to its last value.
 */
export function standingOf(
  target: RecordTarget,
  setting: Setting<unknown, Json>,
  now: unknown,
  { at, hurry, fresh }: Circumstances,
): Standing {
  const pending = setting.pending?.(now, target.on);
  if (pending !== undefined) return { kind: 'pending', why: pending };
  const value = setting.read(now, target.on);
  if (value === undefined) return { kind: 'absent' };
  const last = wantedValue(target);
  if (sameValue(setting, value, last)) return { kind: 'done' };
  const [hop] = target.path;
  if (target.path.length < 2 || hop === undefined || hurry) return { kind: 'last', value: last };
  if (target.hopAt === undefined) return { kind: 'hop', value: hop };
  const until = Date.parse(target.hopAt) + target.dwell * 1_000;
  if (at < until && (sameValue(setting, value, hop) || fresh)) return { kind: 'dwell', until };
  return { kind: 'last', value: last };
}

export function sameValue(setting: Setting<unknown, Json>, a: Json, b: Json): boolean {
  return setting.same?.(a, b) ?? sameJson(a, b);
}

/** One step of the way back. */
export type ReleaseStep =
  | { readonly kind: 'undo'; readonly targets: readonly RecordTarget[] }
  | { readonly kind: 'wait'; readonly seconds: number; readonly why: string };

/** The way back as steps: settings that the plugin's list does not name come first, the last stage first; then its list. */
export function releaseSteps(
  order: readonly Undo<{ readonly [setting: string]: unknown }>[] | undefined,
  targets: readonly RecordTarget[],
): readonly ReleaseStep[] {
  const listed = order ?? [];
  const named = new Set(listed.flatMap((undo) => (typeof undo === 'string' ? [undo] : 'wait' in undo ? [] : [...undo])));
  const unnamed = targets.filter(({ setting }) => !named.has(setting));
  const stages = [...new Set(unnamed.map(({ stage }) => stage))].toSorted((a, b) => b - a);
  return [
    ...stages.map((stage) => ({ kind: 'undo' as const, targets: unnamed.filter((target) => target.stage === stage) })),
    ...listed.map((undo): ReleaseStep => {
      if (typeof undo !== 'string' && 'wait' in undo) return { kind: 'wait', seconds: undo.wait, why: undo.why };
      const settings: readonly string[] = typeof undo === 'string' ? [undo] : undo;
      return { kind: 'undo', targets: targets.filter(({ setting }) => settings.includes(setting)) };
    }),
  ];
}
