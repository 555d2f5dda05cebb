import { isoTime } from '../clock.ts';
import type { Failure } from '../failure.ts';
import { type RecordTarget, targetKey, wantedValue } from '../ledger/record.ts';
import { isRepeated, isToForce, type Look, standing } from './standing.ts';
import { sameValue } from './targets.ts';
import { save, settingOf, type Work } from './work.ts';
import { type Writing, type Written, writeAll } from './write.ts';

export interface Made {
  /** Whether something was written that no look has shown to be needed again. */
  readonly progress: boolean;
  /** What had to be written again although it was acknowledged before this look. */
  readonly repeated: readonly RecordTarget[];
  /** What could not be written, changes that cut nothing off left out. */
  readonly failures: readonly Failure[];
}

/** What has become of the targets in the course of one round, by target key. */
interface Course {
  /** Times of hops that were acknowledged. */
  readonly hops: Map<string, number>;
  readonly failedHops: Set<string>;
  readonly lasts: Set<string>;
  /** What went to its last value without having rested in its hop until then. */
  readonly cutShort: Set<string>;
  readonly failures: Map<string, Failure>;
  readonly unavailable: Map<string, string>;
}

/**
 * Writes what is not as wanted, stage by stage, each stage at once. What a stage learned serves the next. A target whose hop failed
 * goes to its last value in the same round: later stages do not wait for retries.
 */
export async function makeChanges(work: Work, seen: Look, dueHops: ReadonlySet<string>): Promise<Made> {
  const course: Course = {
    hops: new Map(),
    failedHops: new Set(),
    lasts: new Set(),
    cutShort: new Set(),
    failures: new Map(),
    unavailable: new Map(),
  };
  let look = seen;
  let progress = false;
  const repeated = new Map<string, RecordTarget>();
  const stages = [...new Set(work.lease.record.targets.map(({ stage }) => stage))].toSorted((a, b) => a - b);
  for (const stage of [...stages, Number.POSITIVE_INFINITY]) {
    const writings = work.lease.record.targets
      .filter((target) => target.stage <= stage)
      .flatMap((target) => nextWriting(work, target, look, dueHops, course));
    if (writings.length === 0) continue;
    await work.lease.ensure();
    const unwaited = writings.filter((writing) => hasNotWaited(work, writing, look)).map(({ target }) => targetKey(target));
    const again = writings.filter(({ target, value }) => isRepeated(work, target, value, seen));
    const written = await writeAll(work, writings, look.state);
    look = { ...look, state: written.state };
    for (const { target } of again) repeated.set(targetKey(target), target);
    progress ||=
      written.done.some((key) => !again.some(({ target }) => targetKey(target) === key)) || written.unavailable.size > 0;
    enter(work, writings, unwaited, written, course);
  }
  await saveCourse(work, course);
  const optional = new Set(work.lease.record.targets.filter((target) => target.optional !== undefined).map(targetKey));
  return {
    progress,
    repeated: [...repeated.values()],
    failures: [...course.failures].filter(([key]) => !optional.has(key)).map(([, failure]) => failure),
  };
}

/** What to write of a target now: its hop, its last value, or nothing. */
function nextWriting(
  work: Work,
  target: RecordTarget,
  look: Look,
  dueHops: ReadonlySet<string>,
  course: Course,
): readonly Writing[] {
  const key = targetKey(target);
  if (course.lasts.has(key) || target.unavailable !== undefined || !work.memory.joined.has(key)) return [];
  const last: Writing = { target, value: wantedValue(target), hop: false };
  if (course.failedHops.has(key)) return [last];
  if (course.hops.has(key)) return target.dwell > 0 ? [] : [last];
  const [first] = target.path;
  if (first !== undefined && dueHops.has(key)) return [{ target, value: first, hop: true }];
  const { kind } = standing(work, target, look);
  return kind === 'last' || (kind === 'done' && isToForce(work, target)) ? [last] : [];
}

/** Enters what came of the writes into the course of the round. */
function enter(
  work: Work,
  writings: readonly Writing[],
  unwaited: readonly string[],
  { failures, unavailable }: Written,
  course: Course,
): void {
  for (const { target, hop } of writings) {
    const key = targetKey(target);
    const failure = failures.get(key);
    const why = unavailable.get(key);
    if (why !== undefined) course.unavailable.set(key, why);
    if (hop) {
      if (failure === undefined && why === undefined) course.hops.set(key, work.host.clock.now());
      else course.failedHops.add(key);
      continue;
    }
    course.lasts.add(key);
    if (failure !== undefined) {
      course.failures.set(key, failure);
      continue;
    }
    if (unwaited.includes(key)) course.cutShort.add(key);
    work.memory.toForce.delete(key);
    work.memory.forced.add(key);
  }
}

/** Whether a target goes to its last value from elsewhere than its hop, as where somebody set it back, or before its time there was over. */
function hasNotWaited(work: Work, { target, hop }: Writing, { now, state }: Look): boolean {
  const { setting: name, on, path, dwell, hopAt } = target;
  const [first] = path;
  if (hop || path.length < 2 || first === undefined || dwell === 0 || isToForce(work, target)) return false;
  const setting = settingOf(work.plugin, name);
  const value = setting.read(state, on);
  return (
    hopAt === undefined || now < Date.parse(hopAt) + dwell * 1_000 || value === undefined || !sameValue(setting, value, first)
  );
}

/** Stores what came of the writes: failures, quotas, and when hops were acknowledged, since their dwell is counted from there. */
async function saveCourse(work: Work, course: Course): Promise<void> {
  const isStale = ({ failure, ...target }: RecordTarget) => failure !== undefined && course.lasts.has(targetKey(target));
  const hasNews =
    course.hops.size + course.failures.size + course.unavailable.size + course.cutShort.size > 0 ||
    work.lease.record.targets.some(isStale);
  if (!hasNews) return;
  await save(work, (record) => ({ ...record, targets: record.targets.map((target) => afterCourse(target, course)) }));
}

function afterCourse({ failure: before, ...target }: RecordTarget, course: Course): RecordTarget {
  const key = targetKey(target);
  const failure = course.failures.get(key) ?? (course.lasts.has(key) ? undefined : before);
  const unavailable = course.unavailable.get(key);
  const hop = course.hops.get(key);
  return {
    ...target,
    ...(failure !== undefined && { failure }),
    ...(unavailable !== undefined && { unavailable }),
    ...(hop !== undefined && { hopAt: isoTime(hop) }),
    ...(course.cutShort.has(key) && { cutShort: true as const }),
  };
}
