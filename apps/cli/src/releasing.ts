import {
  type ContainmentRecord,
  drive,
  failureOf,
  type Progress,
  type ReleaseRequest,
  type Verification,
  verify,
} from '@entity-lockdown/core';
import { failingOf } from './failing.ts';
import type { OpenHost } from './open-host.ts';
import type { Live } from './progress.ts';
import type { ReleaseOutcome } from './release-outcome.ts';
import type { Running } from './result.ts';

export type ReleaseOrder = Omit<ReleaseRequest, 'target' | 'by'>;

/** A record that is to be released, with what a look at AWS has shown. */
export interface ToRelease {
  readonly input: string;
  readonly record: ContainmentRecord;
  readonly order: ReleaseOrder;
  /** The incidents whose holds remain: it stays contained. */
  readonly remaining: readonly string[];
  readonly seen?: Verification;
  /** Why AWS could not be looked at. */
  readonly unseen?: string;
}

/** Looks at the entity before anybody is asked: what has drifted is known only from AWS. Writes nothing. */
export async function looked(open: OpenHost, toRelease: ToRelease): Promise<ToRelease> {
  if (toRelease.remaining.length > 0) return toRelease;
  try {
    return { ...toRelease, seen: await verify(open.host, toRelease.record) };
  } catch (error) {
    return { ...toRelease, unseen: failureOf(error).message };
  }
}

/** Releases one record. Never throws. */
export async function releaseOne(
  open: OpenHost,
  { input, record, order, remaining }: ToRelease,
  running: Running,
  live: Live,
): Promise<ReleaseOutcome> {
  const { io, signal } = running;
  if (signal.aborted) return { input, record, outcome: 'not-begun', exitCode: 130, seconds: 0 };
  try {
    const begun = await open.dispatcher.release({ target: record.id, by: open.by, ...order });
    const progress = await drive(open.dispatcher, begun, {
      clock: io.clock,
      sleep: io.sleep,
      signal,
      onWait: (waiting) => live.onWait(waiting),
    });
    live.settled(progress.record);
    const dropped = Object.keys(record.holds).filter((incident) => !remaining.includes(incident));
    return {
      input,
      record: progress.record,
      ...verdict(progress, signal.aborted),
      ...(dropped.length > 0 && { dropped }),
      seconds: live.seconds(),
    };
  } catch (error) {
    return { input, record, outcome: 'failed', ...failingOf(error, record.entity.arn), seconds: live.seconds() };
  }
}

function verdict(progress: Progress, interrupted: boolean): Pick<ReleaseOutcome, 'outcome' | 'exitCode' | 'otherHolds'> {
  const { record, otherHolds } = progress;
  if (otherHolds !== undefined) return { outcome: 'still-held', exitCode: 4, otherHolds };
  switch (record.state) {
    case 'released': {
      const isWhole = record.targets.every(({ released }) => released !== 'drift' && released !== 'others');
      if (interrupted) return { outcome: isWhole ? 'released' : 'released-but', exitCode: 130 };
      return isWhole ? { outcome: 'released', exitCode: 0 } : { outcome: 'released-but', exitCode: 4 };
    }
    case 'releasing':
      return { outcome: 'interrupted', exitCode: interrupted ? 130 : 1 };
    case 'release-blocked':
      return { outcome: 'blocked', exitCode: 1 };
    default:
      // Contained again by somebody else before the release was over.
      return { outcome: 'contained-again', exitCode: 4 };
  }
}
