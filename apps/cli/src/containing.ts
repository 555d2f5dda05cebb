import { drive } from '@entity-lockdown/core';
import { containmentVerdict } from './containment-verdict.ts';
import type { Asked } from './entities.ts';
import { failingOf } from './failing.ts';
import type { OpenHost } from './open-host.ts';
import { type Outcome, outcomeOfError } from './outcome.ts';
import type { Live } from './progress.ts';
import type { Running } from './result.ts';

export interface ContainOrder {
  readonly incident: string;
  readonly reason?: string;
  readonly options: { readonly [name: string]: unknown };
}

/** Contains one entity, to its end or to where an interrupt leaves it. Never throws: one entity's failure is its own. */
export async function containOne(
  open: OpenHost,
  asked: Asked,
  order: ContainOrder,
  running: Running,
  live: Live,
): Promise<Outcome> {
  const { io, signal } = running;
  if (signal.aborted) return { asked, outcome: 'not-begun', exitCode: 130, seconds: 0 };
  try {
    const begun = await open.dispatcher.contain({
      arn: asked.arn,
      by: open.by,
      incident: order.incident,
      options: order.options,
      ...(order.reason !== undefined && { reason: order.reason }),
    });
    const progress = await drive(open.dispatcher, begun, {
      clock: io.clock,
      sleep: io.sleep,
      signal,
      incident: order.incident,
      onWait: (waiting) => live.onWait(waiting),
    });
    live.settled(progress.record);
    return { asked, ...containmentVerdict(progress.record, signal.aborted), record: progress.record, seconds: live.seconds() };
  } catch (error) {
    const { failure, exitCode } = failingOf(error, asked.resolved.entity.arn);
    return { asked, outcome: outcomeOfError(exitCode), exitCode, failure, seconds: live.seconds() };
  }
}
