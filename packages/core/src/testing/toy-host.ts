import type { Plugin } from '@entity-lockdown/plugin-api';
import type { AwsAccess, CallerIdentity } from '../aws/access.ts';
import { guardedClient } from '../aws/guarded-client.ts';
import { createDispatcher, type Dispatcher } from '../dispatcher/dispatcher.ts';
import { drive } from '../dispatcher/drive.ts';
import type { ContainRequest, Progress, ReleaseRequest } from '../dispatcher/types.ts';
import type { Guardrails } from '../guardrails.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import type { RecordEvent } from '../ledger/record.ts';
import { memoryStore, type StoreCall } from '../store/memory-store.ts';
import { account } from './toy-cloud.ts';

/** A clock that stands still until it is turned. */
export interface ToyClock {
  now(): number;
  turn(ms: number): void;
}

export function toyClock(): ToyClock {
  let now = Date.parse('2026-11-02T03:04:05Z');
  return {
    now: () => now,
    turn(ms) {
      now += ms;
    },
  };
}

export interface ToyHostOptions {
  readonly plugin: Plugin;
  readonly clock: ToyClock;
  /** The ledger's objects: hosts that are given the same map are processes on one ledger. */
  readonly objects?: Map<string, string>;
  readonly guardrails?: Guardrails;
  /** Names the process. */
  readonly me?: string;
  readonly isDead?: (owner: string) => boolean;
  /** Awaited before each call on the ledger's store. */
  readonly beforeStore?: (call: StoreCall) => Promise<void> | void;
  /** In place of a session for the entity's account. */
  readonly open?: AwsAccess['open'];
}

/** One process of Entity Lockdown on a toy cloud. */
export interface ToyHost {
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  readonly events: readonly RecordEvent[];
  /** Contains and drives to the end, turning the clock instead of sleeping. */
  contain(arn: string, more?: Partial<ContainRequest>): Promise<Progress>;
  release(target: string, more?: Partial<ReleaseRequest>): Promise<Progress>;
  drive(progress: Progress, incident?: string): Promise<Progress>;
}

export const responder: CallerIdentity = { arn: `arn:aws:iam::${account}:user/responder`, account, partition: 'aws' };

const mostTurns = 200;

export function toyHost(options: ToyHostOptions): ToyHost {
  const { clock, plugin } = options;
  const me = options.me ?? 'process-a';
  const store = memoryStore({
    now: () => clock.now(),
    ...(options.objects !== undefined && { objects: options.objects }),
    ...(options.beforeStore !== undefined && { before: options.beforeStore }),
  });
  const ledger = createLedger(store, countedIds(me));
  const events: RecordEvent[] = [];
  const open: AwsAccess['open'] = async () => ({
    actor: `arn:aws:sts::${account}:assumed-role/lockdown/session`,
    client: (Client, _region, guard) => guardedClient(new (Client as unknown as new () => never)(), 'toy', guard),
  });
  const dispatcher = createDispatcher({
    registry: {
      plugins: [{ manifest: plugin.manifest, package: { name: 'toy', version: '1.0.0' }, load: async () => plugin }],
    },
    ledger,
    access: { identity: async () => responder, open: options.open ?? open, destroy() {} },
    guardrails: options.guardrails ?? { protected: [] },
    clock,
    owners: { me, isDead: options.isDead ?? (() => false) },
    observe: (event) => events.push(event),
  });
  const toEnd = (progress: Progress, incident?: string): Promise<Progress> => {
    let turns = 0;
    const sleep = async (ms: number): Promise<void> => {
      turns += 1;
      if (turns > mostTurns) throw new Error('it comes to no end');
      clock.turn(ms);
    };
    const signal = new AbortController().signal;
    return drive(dispatcher, progress, { clock, sleep, signal, ...(incident !== undefined && { incident }) });
  };
  return {
    dispatcher,
    ledger,
    events,
    drive: toEnd,
    contain: async (arn, more = {}) => toEnd(await dispatcher.contain({ arn, by: 'test', ...more }), more.incident),
    release: async (target, more = {}) => toEnd(await dispatcher.release({ target, by: 'test', ...more })),
  };
}

/** Ids that are the same in every run, and differ between processes. */
export function countedIds(me: string): (length: number) => string {
  let count = 0;
  return (length) => {
    count += 1;
    const text = `${me.replaceAll(/[^a-z]/g, '')}${count.toString(36)}`;
    return text.slice(-length).padStart(length, '0');
  };
}
