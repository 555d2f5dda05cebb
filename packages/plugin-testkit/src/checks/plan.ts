import { targetKey } from '@entity-lockdown/core';
import { type Entity, type Json, sameJson } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { differences, shownJson } from '../differences.ts';
import { deepFreeze } from '../freeze.ts';
import { type AnyChange, type AnyStage, planOf, type Subject, type SubjectWorld, settingNamed } from '../subject.ts';

export const planIsPure: Check = {
  title: 'plan, warnings, read and pending are pure: the same for the same, and they change nothing',
  async run(subject) {
    const faults = new Set<string>();
    for (const world of subject.containable) {
      const { entity, first, held } = await world.journey();
      if (entity === undefined) continue;
      for (const seen of [first, held]) {
        if (seen === undefined) continue;
        for (const fault of purityFaults(subject, world, entity, seen.state)) faults.add(`"${world.title}": ${fault}`);
      }
    }
    return [...faults];
  },
};

function purityFaults(subject: Subject, world: SubjectWorld, entity: Entity, state: unknown): readonly string[] {
  const frozen = deepFreeze(structuredClone(state));
  const asJson = JSON.parse(JSON.stringify(state)) as unknown;
  const options = deepFreeze({ ...world.values });
  const owner = deepFreeze({ ...entity });
  let stages: readonly AnyStage[];
  try {
    stages = planOf(subject, frozen, owner, options);
  } catch (error) {
    return [`plan throws on what must not be changed: ${(error as Error).message} Plan must only read what it is given.`];
  }
  const faults: string[] = [];
  const plain = JSON.parse(JSON.stringify(stages));
  const same = (what: string, other: readonly AnyStage[]) =>
    differences(plain, JSON.parse(JSON.stringify(other)), 1).map((difference) => `${what}: ${difference}`);
  faults.push(...same('plan wants something else when it is asked again', planOf(subject, frozen, owner, options)));
  try {
    faults.push(...same('plan wants something else of a state that was JSON meanwhile', planOf(subject, asJson, owner, options)));
    const warned = subject.plugin.warnings(frozen, owner, options);
    if (!sameJson(warned as unknown as Json, subject.plugin.warnings(frozen, owner, options) as unknown as Json))
      faults.push('warnings says something else when it is asked again.');
    for (const change of stages.flatMap(({ changes }) => changes.flatMap(chainOf))) {
      const setting = settingNamed(subject, change.setting);
      if (setting === undefined) {
        faults.push(`plan wants the setting ${change.setting}, which the plugin does not have.`);
        continue;
      }
      const value = setting.read(frozen, change.on);
      if (!sameJson(value, setting.read(asJson, change.on)))
        faults.push(
          `${change.setting} reads ${shownJson(value)}, and something else of a state that was JSON meanwhile. Keep the state plain: no Map, Set or Date.`,
        );
      setting.pending?.(frozen, change.on);
    }
  } catch (error) {
    faults.push(`warnings, read or pending throws: ${(error as Error).message} They must only read what they are given.`);
  }
  return faults;
}

/** A change and what is wanted in its place, link after link. */
export function chainOf(change: AnyChange): readonly AnyChange[] {
  return change.else === undefined ? [change] : [change, ...chainOf(change.else)];
}

export const planIsStable: Check = {
  title: 'plan wants the same of what is contained as it did before',
  async run({ containable }) {
    const faults: string[] = [];
    for (const world of containable) {
      const { first, held, ended } = await world.journey();
      if (first === undefined || held === undefined || ended !== 'contained') continue;
      const now = wanted(held.stages);
      for (const [key, value] of wanted(first.stages)) {
        const later = now.get(key);
        if (later !== undefined && !sameJson(later, value))
          faults.push(
            `"${world.title}": of ${key}, plan wanted ${shownJson(value)} before and ${shownJson(later)} once it was so.`,
          );
      }
      const before = wanted(first.stages);
      for (const key of now.keys())
        if (!before.has(key))
          faults.push(`"${world.title}": plan wants ${key} only once the rest is contained: it never comes to an end.`);
    }
    return faults;
  },
};

/** The last value that is wanted of each target. */
function wanted(stages: readonly AnyStage[]): ReadonlyMap<string, Json> {
  return new Map(stages.flatMap(({ changes }) => changes.map((change) => [targetKey(change), change.to] as const)));
}

export const immediateIsWanted: Check = {
  title: 'immediate changes are of what we create ourselves, and plan wants them too',
  async run(subject) {
    const faults = new Set<string>();
    for (const world of subject.containable) {
      const { entity, first } = await world.journey();
      if (entity === undefined || first === undefined) continue;
      const planned = first.stages.flatMap(({ changes }) => changes);
      const immediate = (subject.plugin.immediate?.(deepFreeze({ ...entity }), deepFreeze({ ...world.values })) ??
        []) as readonly AnyChange[];
      for (const change of immediate) {
        if (settingNamed(subject, change.setting)?.marked !== true)
          faults.add(
            `immediate changes ${change.setting}, which is not \`marked\`: its original would be lost before it was read.`,
          );
        if (change.else !== undefined) faults.add(`immediate gives ${change.setting} an \`else\`: that belongs to plan.`);
        if (!planned.some(({ setting, on, to }) => setting === change.setting && on === change.on && sameJson(to, change.to)))
          faults.add(
            `"${world.title}": immediate changes ${change.setting} of ${change.on}, and plan does not want it so: it would not be kept, nor put right.`,
          );
      }
    }
    return [...faults];
  },
};

export const everyElseIsReached: Check = {
  title: 'every else is reached in some world',
  async run({ containable }) {
    const named = new Set<string>();
    const reached = new Set<string>();
    for (const world of containable) {
      const { first, held, contained } = await world.journey();
      const full = new Set(contained?.targets.filter(({ unavailable }) => unavailable !== undefined).map(targetKey));
      for (const change of [first, held].flatMap((seen) => seen?.stages ?? []).flatMap(({ changes }) => changes)) {
        const links = chainOf(change);
        for (let at = 1; at < links.length; at += 1) {
          const name = links
            .slice(0, at + 1)
            .map(({ setting }) => setting)
            .join(' -> ');
          named.add(name);
          if (links.slice(0, at).every((link) => full.has(targetKey(link)))) reached.add(name);
        }
      }
    }
    return [...named]
      .filter((name) => !reached.has(name))
      .map((name) => `No world reaches the else in ${name}. Add one in which AWS has no room for what comes before it.`);
  },
};

export const releaseOrderIsKnown: Check = {
  title: 'the order of release names settings of the plugin, each once',
  async run(subject) {
    const named = (subject.plugin.release ?? []).flatMap((step) =>
      typeof step === 'string' ? [step] : Array.isArray(step) ? (step as readonly string[]) : [],
    );
    const unknown = named.filter((name) => settingNamed(subject, name) === undefined);
    const twice = named.filter((name, at) => named.indexOf(name) !== at);
    return [
      ...unknown.map((name) => `release names the setting ${name}, which the plugin does not have.`),
      ...twice.map((name) => `release names the setting ${name} twice: what it is put back by is the first.`),
    ];
  },
};
