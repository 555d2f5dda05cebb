import { drive, type Failure, type Progress } from '@entity-lockdown/core';
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
    return { asked, ...verdict(progress, signal.aborted), record: progress.record, seconds: live.seconds() };
  } catch (error) {
    const { failure, exitCode } = failingOf(error, asked.resolved.entity.arn);
    return { asked, outcome: outcomeOfError(exitCode), exitCode, failure, seconds: live.seconds() };
  }
}

function verdict({ record }: Progress, interrupted: boolean): Pick<Outcome, 'outcome' | 'exitCode' | 'failure'> {
  switch (record.state) {
    case 'contained':
      if (!interrupted) return { outcome: 'contained', exitCode: 0 };
      return {
        outcome: 'contained',
        exitCode: 130,
        ...(record.targets.some((target) => target.cutShort === true) && { failure: cutShort }),
      };
    case 'partial':
      return { outcome: 'partial', exitCode: 1 };
    case 'refused': {
      const [failure] = record.failures;
      const missing = failure?.code === 'no-such-entity';
      return { outcome: missing ? 'invalid' : 'refused', exitCode: missing ? 2 : 3 };
    }
    case 'containing':
      return { outcome: 'interrupted', exitCode: interrupted ? 130 : 1 };
    case 'releasing':
    case 'release-blocked':
    case 'released':
      return {
        outcome: 'failed',
        exitCode: 1,
        failure: {
          code: 'released-meanwhile',
          message: `Somebody else released it while it was being contained: its record is ${record.state}.`,
          next: 'Ask who released it; contain again if it must stay contained.',
          transient: false,
        },
      };
  }
}

const cutShort: Failure = {
  code: 'dwell-cut-short',
  message:
    'The wait was cut short by the interrupt. The entity is contained; what the wait was for may not have happened, as the warnings say.',
  next: 'Look what goes on (for an instance: the flow logs of its interfaces), and end it at its other end or on its way.',
  transient: false,
};
