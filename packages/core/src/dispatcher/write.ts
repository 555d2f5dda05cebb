import { isUnavailable, type Json } from '@entity-lockdown/plugin-api';
import { isUnanswered } from '../aws/unanswered.ts';
import { type Failure, failureOf } from '../failure.ts';
import { type RecordTarget, targetKey } from '../ledger/record.ts';
import { checkedValue, note, settingOf, type Work } from './work.ts';

/** A value about to be written. */
export interface Writing {
  readonly target: RecordTarget;
  readonly value: Json;
  readonly hop: boolean;
  /** Whether it puts an original back. */
  readonly undo?: true;
}

export interface Written {
  /** What is seen now: the state with what the writes learned. */
  readonly state: unknown;
  readonly done: readonly string[];
  readonly failures: ReadonlyMap<string, Failure>;
  /** Target keys for which AWS has no room, with its words. */
  readonly unavailable: ReadonlyMap<string, string>;
}

function titleOf({ target, hop, undo }: Writing): string {
  if (undo === true) return `Undo: ${target.title}`;
  return hop ? (target.hopTitle ?? target.title) : target.title;
}

/** Makes changes side by side; those with the same `serial` one after another. All settle: one failure never stops another cut. */
export async function writeAll(work: Work, writings: readonly Writing[], state: unknown): Promise<Written> {
  let now = state;
  const done: string[] = [];
  const failures = new Map<string, Failure>();
  const unavailable = new Map<string, string>();
  const lines = Map.groupBy(writings, ({ target }) => target.serial ?? targetKey(target));
  await Promise.all(
    [...lines.values()].map(async (line) => {
      for (const writing of line) {
        const key = targetKey(writing.target);
        try {
          const learned = await writeOne(work, writing, now);
          if (learned !== undefined) now = learned(now);
          work.memory.written.set(key, { value: writing.value, at: work.host.clock.now(), order: ++work.memory.order });
          done.push(key);
          note(work, writing.hop ? 'hop' : 'write', titleOf(writing));
        } catch (error) {
          if (isUnavailable(error)) {
            unavailable.set(key, (error as Error).message);
            note(work, 'unavailable', `${titleOf(writing)}: ${(error as Error).message}`);
          } else {
            const failure = failureOf(error, writing.target.on);
            failures.set(key, failure);
            note(work, 'failed', `${titleOf(writing)}: ${failure.message}`);
          }
        }
      }
    }),
  );
  return { state: now, done, failures, unavailable };
}

async function writeOne(
  work: Work,
  { target, value }: Writing,
  now: unknown,
): Promise<((state: unknown) => unknown) | undefined> {
  const setting = settingOf(work.plugin, target.setting);
  const checked = checkedValue(work.plugin, target, value);
  try {
    return (await setting.write(work.writing, target.on, checked, now)) as ((state: unknown) => unknown) | undefined;
  } catch (error) {
    // Without an answer the write may have taken effect, or may yet: nothing is called done before its time is over.
    if (!isUnavailable(error) && isUnanswered(error)) work.lease.unanswered();
    throw error;
  }
}
