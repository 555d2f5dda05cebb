import { type ContainmentRecord, type RecordTarget, shown, targetKey } from '@entity-lockdown/core';
import { partOf, type Target } from '@entity-lockdown/plugin-api';
import { usageError } from './usage-error.ts';

/**
 * The changes of a record that `--keep` means: by the setting and what it is on, by what it is on, by the `#part` or the setting where
 * that names one, or by a part of them that no other change has.
 *
 * @throws LockdownError where it means none, or several
 */
export function keptTargets(record: ContainmentRecord, given: readonly string[]): readonly Target[] {
  return given.map((text) => keptTarget(record, text));
}

function keptTarget({ id, targets }: ContainmentRecord, text: string): Target {
  const ways: readonly ((target: RecordTarget) => boolean)[] = [
    (target) => targetKey(target) === text,
    ({ on }) => on === text,
    ({ on }) => partOf(on) === text.replace(/^#/, ''),
    ({ setting }) => setting === text,
    (target) => text !== '' && targetKey(target).includes(text),
  ];
  for (const way of ways) {
    const [only, ...more] = targets.filter(way);
    if (only === undefined) continue;
    if (more.length === 0) return { setting: only.setting, on: only.on };
    throw usageError(
      `--keep ${shown(text)} means ${more.length + 1} changes of record ${id}.`,
      `Give one of: ${[only, ...more].map(targetKey).join('; ')}.`,
    );
  }
  throw usageError(
    `--keep ${shown(text)} means no change of record ${id}.`,
    `Its changes: ${targets.map(targetKey).join('; ')}.`,
  );
}
