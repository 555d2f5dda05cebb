import {
  type AwsAccessOptions,
  type CreateClient,
  createAwsAccess,
  createDispatcher,
  createLedger,
  type Dispatcher,
  drive,
  type Guardrails,
  type Host,
  type Ledger,
  lockdownRetryStrategy,
  memoryStore,
  type ObjectStore,
  type Progress,
  type RecordEvent,
  type Registry,
} from '@entity-lockdown/core';
import type { Plugin } from '@entity-lockdown/plugin-api';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';
import type { Sandbox } from '@entity-lockdown/sandbox';

/** A clock that stands still until it is turned. */
export interface TestClock {
  now(): number;
  turn(ms: number): void;
}

export function testClock(start = Date.parse('2026-11-02T03:04:05Z')): TestClock {
  let now = start;
  return {
    now: () => now,
    turn(ms) {
      now += ms;
    },
  };
}

export function registryOf(...plugins: readonly Plugin[]): Registry {
  return {
    plugins: plugins.map((plugin) => ({
      manifest: plugin.manifest,
      package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
      load: async () => plugin,
    })),
  };
}

export const allPlugins: Registry = registryOf(iamUser, iamRole, lambda, ec2);

export interface Setup {
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  /** Who runs Entity Lockdown: an ARN of the sandbox. */
  readonly as: string;
  readonly store?: ObjectStore;
  readonly registry?: Registry;
  readonly guardrails?: Guardrails;
  readonly roleName?: string;
  readonly externalId?: string;
  readonly region?: string;
  /** Clients without the SDK's pipeline, where thousands of runs are made. */
  readonly direct?: boolean;
  /** Names the process. */
  readonly me?: string;
  readonly isDead?: (owner: string) => boolean;
  readonly random?: (length: number) => string;
}

export interface Runner {
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  readonly host: Host;
  readonly events: RecordEvent[];
  /** Contains and drives to the end, turning the clock instead of sleeping. */
  contain(
    arn: string,
    more?: { readonly incident?: string; readonly options?: { readonly [name: string]: unknown }; readonly message?: string },
  ): Promise<Progress>;
  release(
    target: string,
    more?: {
      readonly incident?: string;
      readonly allHolds?: boolean;
      readonly force?: boolean;
      readonly keep?: readonly { readonly setting: string; readonly on: string }[];
    },
  ): Promise<Progress>;
  drive(progress: Progress): Promise<Progress>;
}

let processes = 0;

/** Random characters that are the same in every run. */
export function seededRandom(seed: number): (length: number) => string {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (length) => Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(next() * 36)]).join('');
}

/** One process of Entity Lockdown in the sandbox. */
export function runner(setup: Setup): Runner {
  const { sandbox, clock } = setup;
  const me = setup.me ?? `process-${++processes}`;
  const createClient: CreateClient = (Client, config) => {
    const given = { credentials: sandbox.credentials(setup.as), retryStrategy: lockdownRetryStrategy(0), ...config };
    const make = setup.direct === true ? sandbox.directClient : sandbox.createClient;
    return make(Client as never, given as never);
  };
  const options: AwsAccessOptions = {
    createClient,
    clock,
    region: setup.region ?? 'us-east-1',
    sessionName: 'entity-lockdown-test',
    ...(setup.roleName !== undefined && { roleName: setup.roleName }),
    ...(setup.externalId !== undefined && { externalId: setup.externalId }),
  };
  const ledger = createLedger(setup.store ?? memoryStore({ now: () => clock.now() }), setup.random ?? seededRandom(processes));
  const events: RecordEvent[] = [];
  const host: Host = {
    registry: setup.registry ?? allPlugins,
    ledger,
    access: createAwsAccess(options),
    guardrails: setup.guardrails ?? { protected: [] },
    clock,
    owners: { me, isDead: setup.isDead ?? (() => false) },
    observe: (event) => events.push(event),
  };
  const dispatcher = createDispatcher(host);
  const toEnd = (progress: Progress) =>
    drive(dispatcher, progress, { clock, sleep: async (ms) => clock.turn(ms), signal: new AbortController().signal });
  return {
    dispatcher,
    ledger,
    host,
    events,
    drive: toEnd,
    contain: async (arn, more = {}) => toEnd(await dispatcher.contain({ arn, by: 'test', ...more })),
    release: async (target, more = {}) => toEnd(await dispatcher.release({ target, by: 'test', ...more })),
  };
}
