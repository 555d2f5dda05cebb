import { failureOf, targetKey } from '@entity-lockdown/core';
import { isUnavailable, type Json, type Setting, sameJson } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { shownJson } from '../differences.ts';
import {
  type AnyChange,
  type AnyStage,
  contextIn,
  entityOf,
  look,
  planOf,
  type Subject,
  type SubjectWorld,
  settingNamed,
} from '../subject.ts';
import type { BuiltWorld } from '../world.ts';

export const settingsReadWhatTheyWrote: Check = {
  title: 'each setting reads what it wrote, and what it was once that is written back',
  async run(subject) {
    const faults = new Set<string>();
    for (const world of subject.containable)
      for (const fault of await writeByHand(subject, world)) faults.add(`"${world.title}": ${fault}`);
    return [...faults];
  },
};

/** How long AWS is given for what is pending, and for errors that pass: in steps of five seconds. */
const mostWaits = 120;
const waitMs = 5_000;

interface Hand {
  readonly subject: Subject;
  readonly world: BuiltWorld;
  see(): Promise<unknown>;
  /** Writes until it is not refused for a passing reason; answers the fault, or whether there was no room. */
  write(target: Pick<AnyChange, 'setting' | 'on'>, value: Json): Promise<string | 'no room' | undefined>;
  /** Reads until nothing is pending. */
  read(target: Pick<AnyChange, 'setting' | 'on'>): Promise<Json | undefined>;
}

/** Makes the changes of a plan one by one without the core, then takes them back, reading after each. */
async function writeByHand(subject: Subject, own: SubjectWorld): Promise<readonly string[]> {
  const hand = await handIn(subject, own.build());
  const entity = await entityOf(subject, hand.world);
  const faults: string[] = [];
  const written = new Map<string, { readonly change: AnyChange; readonly from: Json | undefined }>();
  const stages: readonly AnyStage[] = planOf(subject, await hand.see(), entity, own.values);
  for (const { changes, dwell } of stages) {
    for (const wanted of changes) {
      let change: AnyChange | undefined = wanted;
      while (change !== undefined) {
        const setting = settingNamed(subject, change.setting);
        if (setting === undefined)
          return [...faults, `plan wants the setting ${change.setting}, which the plugin does not have.`];
        const from = await hand.read(change);
        const fault = await hand.write(change, change.to);
        if (fault === 'no room') {
          change = change.else;
          continue;
        }
        if (fault !== undefined) {
          if (change.optional === undefined && own.expect === 'contained') faults.push(fault);
          break;
        }
        const known = written.get(targetKey(change));
        written.set(targetKey(change), { change, from: known === undefined ? from : known.from });
        faults.push(...(await readBackFaults(hand, setting, change)));
        break;
      }
    }
    if (dwell !== undefined) hand.world.clock.turn(dwell.seconds * 1_000);
  }
  faults.push(...(await writtenBackFaults(hand, [...written.values()])));
  return faults;
}

async function readBackFaults(hand: Hand, setting: Setting<unknown, Json>, change: AnyChange): Promise<readonly string[]> {
  const { setting: name, on, to } = change;
  const value = await hand.read(change);
  if (!same(setting, value, to))
    return [
      `${name} of ${on} reads ${shownJson(value)} after ${shownJson(to)} was written. Read must answer what write sets, or \`same\` say that they mean the same.`,
    ];
  const again = await hand.write(change, to);
  if (again !== undefined)
    return [`${name} of ${on} cannot be written twice: ${again} Writing the same value again must be harmless.`];
  const later = await hand.read(change);
  return same(setting, later, to) ? [] : [`${name} of ${on} reads ${shownJson(later)} after ${shownJson(to)} was written twice.`];
}

async function writtenBackFaults(
  hand: Hand,
  written: readonly { readonly change: AnyChange; readonly from: Json | undefined }[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { change, from } of inOrderOfRelease(hand.subject, written)) {
    const setting = settingNamed(hand.subject, change.setting);
    const original = setting?.marked === true ? null : from;
    if (setting === undefined || original === undefined) continue;
    const fault = await hand.write(change, original);
    const value = fault === undefined ? await hand.read(change) : undefined;
    if (fault !== undefined) faults.push(`The original of ${change.setting} cannot be written back. ${fault}`);
    else if (value !== undefined && !same(setting, value, original))
      faults.push(
        `${change.setting} of ${change.on} was ${shownJson(original)}; with that written back it reads ${shownJson(value)}.`,
      );
  }
  return faults;
}

function same(setting: Setting<unknown, Json>, a: Json | undefined, b: Json): boolean {
  return a !== undefined && (setting.same?.(a, b) ?? sameJson(a, b));
}

/** What the plugin's order does not name comes first, the last change first. */
function inOrderOfRelease<T extends { readonly change: AnyChange }>({ plugin }: Subject, written: readonly T[]): readonly T[] {
  const order = (plugin.release ?? []).flatMap((step) =>
    typeof step === 'string' ? [step] : Array.isArray(step) ? (step as readonly string[]) : [],
  );
  return written.toReversed().toSorted((a, b) => order.indexOf(a.change.setting) - order.indexOf(b.change.setting));
}

async function handIn(subject: Subject, world: BuiltWorld): Promise<Hand> {
  const entity = await entityOf(subject, world);
  const context = contextIn(world, entity);
  const touched = new Map<string, Pick<AnyChange, 'setting' | 'on'>>();
  const see = async (): Promise<unknown> => (await look(subject, world, entity, { targets: [...touched.values()] })).state;
  return {
    subject,
    world,
    see,
    async write(target, value) {
      const setting = settingNamed(subject, target.setting);
      touched.set(targetKey(target), { setting: target.setting, on: target.on });
      for (let waits = 0; ; waits += 1) {
        try {
          await setting?.write(context, target.on, value, await see());
          return undefined;
        } catch (error) {
          if (isUnavailable(error)) return 'no room';
          const { message, transient } = failureOf(error);
          if (!transient || waits >= mostWaits) return `${target.setting} of ${target.on}: ${message}`;
          world.clock.turn(waitMs);
        }
      }
    },
    async read(target) {
      const setting = settingNamed(subject, target.setting);
      for (let waits = 0; ; waits += 1) {
        const state = await see();
        if (setting?.pending?.(state, target.on) === undefined || waits >= mostWaits)
          return setting?.read(state, target.on) as Json | undefined;
        world.clock.turn(waitMs);
      }
    },
  };
}
