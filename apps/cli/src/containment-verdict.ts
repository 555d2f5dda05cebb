import type { ContainmentRecord, Failure } from '@entity-lockdown/core';
import type { Outcome } from './outcome.ts';

/** How a containment stands that nobody works on here any more: `interrupted` where that is since somebody broke it off. */
export function containmentVerdict(
  record: ContainmentRecord,
  interrupted: boolean,
): Pick<Outcome, 'outcome' | 'exitCode' | 'failure'> {
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
