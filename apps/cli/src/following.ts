import {
  type ContainmentRecord,
  entityKey,
  type Failure,
  isHeldByMessage,
  type Ledger,
  recordOfMessage,
} from '@entity-lockdown/core';
import { containmentVerdict } from './containment-verdict.ts';
import type { Asked } from './entities.ts';
import { failingOf } from './failing.ts';
import type { FollowedLedger } from './followed-ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Live } from './progress.ts';
import type { Running } from './result.ts';

const lookEveryMs = 2_000;
/** Without a sign for so long, past what the record itself waits for, nobody seems to work on it: the responder looks after it sooner. */
const patienceMs = 300_000;

/** Follows the record that a message made or joined, until it ends. Writes nothing, and never throws. */
export async function followOne(
  { store, ledger }: FollowedLedger,
  asked: Asked,
  message: string,
  { io, signal }: Running,
  live: Live,
): Promise<Outcome> {
  const { entity, registered } = asked.resolved;
  const key = entityKey(registered.manifest, entity);
  const since = io.clock.now();
  let record: ContainmentRecord | undefined;
  let told = 0;
  let lastSign = since;

  const ended = (how: Pick<Outcome, 'outcome' | 'exitCode' | 'failure'>): Outcome => {
    if (record !== undefined) live.settled(record);
    return { asked, ...how, message, ...(record !== undefined && { record }), seconds: live.seconds() };
  };
  const unseen = (exitCode: 1 | 130, failure: Failure): Outcome => ended({ outcome: 'requested', exitCode, failure });

  function tell(found: ContainmentRecord): void {
    for (const event of found.events.slice(told)) if (Date.parse(event.at) >= since) live.observe(event, found);
    told = found.events.length;
    if (found.next !== undefined) live.onWait({ record: found, next: found.next });
  }

  for (;;) {
    let found: ContainmentRecord | undefined;
    try {
      found = await recordOfMessage(store, ledger, key, message);
    } catch (error) {
      const { failure } = failingOf(error);
      return unseen(1, {
        ...failure,
        message: `The record cannot be followed any more: ${failure.message}`,
        next: goesOn(ledger),
      });
    }
    if (found !== undefined && JSON.stringify(found) !== JSON.stringify(record)) {
      lastSign = io.clock.now();
      tell(found);
    }
    record = found ?? record;
    if (found !== undefined && (found.state !== 'containing' || !isHeldByMessage(found, message)))
      return ended(verdict(found, message));
    const waitedFor = Date.parse(record?.next?.until ?? record?.next?.at ?? '') || 0;
    if (io.clock.now() >= Math.max(lastSign, waitedFor) + patienceMs)
      return unseen(1, record === undefined ? notTakenUp(ledger) : standsStill(record, ledger));
    await io.sleep(lookEveryMs, signal);
    if (signal.aborted) return unseen(130, interrupted(ledger));
  }
}

/** How it ended, for whoever sent the message: what holds the entity for others says nothing of that. */
function verdict(record: ContainmentRecord, message: string): Pick<Outcome, 'outcome' | 'exitCode' | 'failure'> {
  const isHold = record.state === 'containing' || record.state === 'contained' || record.state === 'partial';
  if (!isHold || isHeldByMessage(record, message)) return containmentVerdict(record, false);
  return {
    outcome: 'failed',
    exitCode: 1,
    failure: {
      code: 'hold-dropped',
      message: `Somebody else has released the hold of this request on ${record.entity.arn} meanwhile.`,
      next: 'Ask who released it; request it again if it must stay contained.',
      transient: false,
    },
  };
}

function goesOn({ location }: Ledger): string {
  return `The responder goes on by itself, and its audit mails tell how it ends. To look: lockdown status --ledger ${location}`;
}

function interrupted(ledger: Ledger): Failure {
  return {
    code: 'interrupted',
    message: 'It is no longer followed, since you have interrupted that. The request stands.',
    next: goesOn(ledger),
    transient: false,
  };
}

function notTakenUp({ location }: Ledger): Failure {
  return {
    code: 'not-taken-up',
    message: `The responder has written no record of the request into ${location} in ${patienceMs / 1_000} s.`,
    next: 'Read its audit mails: what it refuses (a wrong external id, a protected entity, an account that is not listed) has no record. Check the external id, --topic and --ledger; somebody with more rights can contain it with lockdown contain meanwhile.',
    transient: false,
  };
}

function standsStill({ id }: ContainmentRecord, { location }: Ledger): Failure {
  return {
    code: 'stands-still',
    message: `The record ${id} has not gone on for ${patienceMs / 1_000} s.`,
    next: `Read the responder's audit mails and its log. lockdown contain with the same ARN and --ledger ${location}, by somebody with more rights, goes on with it.`,
    transient: false,
  };
}
