import {
  type ContainmentRecord,
  type CreateClient,
  createAwsAccess,
  createDispatcher,
  createLedger,
  drive,
  lockdownRetryStrategy,
  memoryStore,
  type Progress,
  type RecordEvent,
  type Registry,
} from '@entity-lockdown/core';
import type { VirtualTime } from '../virtual/virtual-time.ts';
import { externalId, type Organization, responderRole } from './organization.ts';

/** Entity Lockdown as it is, with its ledger in memory and its AWS in the sandbox. */
export interface Lockdown {
  contain(arn: string): Promise<Progress>;
  release(arn: string): Promise<Progress>;
}

export interface Seen {
  readonly at: number;
  readonly event: RecordEvent;
  readonly record: ContainmentRecord;
}

export function lockdownIn(org: Organization, time: VirtualTime, registry: Registry, seed: number, seen: Seen[]): Lockdown {
  const createClient: CreateClient = (Client, config) =>
    org.sandbox.createClient(Client, {
      credentials: org.sandbox.credentials(org.responder),
      retryStrategy: lockdownRetryStrategy(0),
      ...config,
    });
  const signal = new AbortController().signal;
  const dispatcher = createDispatcher({
    registry,
    ledger: createLedger(memoryStore({ now: () => time.now() }), seededRandom(seed)),
    access: createAwsAccess({
      createClient,
      clock: time,
      region: 'us-east-1',
      roleName: responderRole,
      externalId,
      sessionName: 'entity-lockdown-demo',
    }),
    guardrails: { protected: [] },
    clock: time,
    owners: { me: 'demo', isDead: () => false },
    observe: (event, record) => seen.push({ at: time.now(), event, record }),
  });
  const toEnd = (begun: Progress) => drive(dispatcher, begun, { clock: time, sleep: (ms) => time.sleep(ms), signal });
  return {
    contain: async (arn) => toEnd(await dispatcher.contain({ arn, by: 'demo', reason: 'the demo' })),
    release: async (arn) => toEnd(await dispatcher.release({ target: arn, by: 'demo' })),
  };
}

/** Random characters that are the same in every run. */
function seededRandom(seed: number): (length: number) => string {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (length) => Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(next() * 36)]).join('');
}
