import {
  type ContainRequest,
  type CreateClient,
  commandName,
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
  type ReleaseRequest,
} from '@entity-lockdown/core';
import type { Plugin } from '@entity-lockdown/plugin-api';
import type { Sandbox } from '@entity-lockdown/sandbox';
import type { TestClock } from './clock.ts';
import type { Life } from './life.ts';
import { seededRandom } from './random.ts';

/** A registry of plugins that are loaded already. */
export function registryOf(...plugins: readonly Plugin[]): Registry {
  return {
    plugins: plugins.map((plugin) => ({
      manifest: plugin.manifest,
      package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
      load: async () => plugin,
    })),
  };
}

export interface TestHostOptions {
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  readonly registry: Registry;
  /** Who runs it: a principal of the sandbox, such as `admin:111122223333`. */
  readonly as: string;
  /** Objects of the ledger, by key. Hosts that are given the same map are processes on one ledger. */
  readonly objects?: Map<string, string>;
  /** A ledger's store in place of `objects`. */
  readonly store?: ObjectStore;
  readonly guardrails?: Guardrails;
  /** The role to assume in the entity's account. Its session is narrowed to the plugin's grants. */
  readonly roleName?: string;
  readonly externalId?: string;
  /** The Region for STS; `us-east-1` where it is left out. */
  readonly region?: string;
  /** Clients without the SDK's pipeline, where thousands of runs are made. */
  readonly direct?: boolean;
  /** Names the process. */
  readonly me?: string;
  readonly isDead?: (owner: string) => boolean;
  readonly random?: (length: number) => string;
  /** When the process ends by itself. */
  readonly life?: Life;
}

/** One process of Entity Lockdown in a sandbox. */
export interface TestHost {
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  readonly host: Host;
  /** All that it told, in order. */
  readonly events: readonly RecordEvent[];
  /** Contains and drives to the end, turning the clock instead of sleeping. */
  contain(arn: string, more?: Partial<ContainRequest>): Promise<Progress>;
  release(target: string, more?: Partial<ReleaseRequest>): Promise<Progress>;
  drive(progress: Progress): Promise<Progress>;
}

let processes = 0;

/** How often a process comes back to one request. Whatever AWS is still at in a sandbox has ended long before. */
const mostTurns = 120;

function lastOf(events: readonly RecordEvent[]): string {
  return events
    .slice(-3)
    .map(({ text }) => text)
    .join(' / ');
}

/** Makes a process of Entity Lockdown whose AWS is a sandbox, and whose time is a test's. */
export function createTestHost(options: TestHostOptions): TestHost {
  const { sandbox, clock, life } = options;
  processes += 1;
  const createClient: CreateClient = (Client, config) => {
    const given = { credentials: sandbox.credentials(options.as), retryStrategy: lockdownRetryStrategy(0), ...config };
    const make = options.direct === true ? sandbox.directClient : sandbox.createClient;
    const client = make(Client, given);
    return life === undefined ? client : mortal(client, life);
  };
  const store =
    options.store ??
    memoryStore({
      now: () => clock.now(),
      ...(options.objects !== undefined && { objects: options.objects }),
      ...(life !== undefined && { before: ({ operation, key }) => life.step(`ledger: ${operation} ${key}`) }),
    });
  const ledger = createLedger(store, options.random ?? seededRandom(processes));
  const events: RecordEvent[] = [];
  const host: Host = {
    registry: options.registry,
    ledger,
    access: createAwsAccess({
      createClient,
      clock,
      region: options.region ?? 'us-east-1',
      sessionName: 'entity-lockdown-test',
      ...(options.roleName !== undefined && { roleName: options.roleName }),
      ...(options.externalId !== undefined && { externalId: options.externalId }),
    }),
    guardrails: options.guardrails ?? { protected: [] },
    clock,
    owners: { me: options.me ?? `process-${processes}`, isDead: options.isDead ?? (() => false) },
    observe: (event) => events.push(event),
  };
  const dispatcher = createDispatcher(host);
  const toEnd = (progress: Progress): Promise<Progress> => {
    let turns = 0;
    const sleep = async (ms: number): Promise<void> => {
      turns += 1;
      if (turns > mostTurns)
        throw new Error(
          `It comes to no end: after coming back ${mostTurns} times, it still waits. The last events: ${lastOf(events)}. Does plan want what is so already?`,
        );
      clock.turn(ms);
    };
    return drive(dispatcher, progress, { clock, sleep, signal: new AbortController().signal });
  };
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

interface Sending {
  send(command: object, ...rest: unknown[]): Promise<unknown>;
}

/** The same client, for a process that may end before any of its calls. */
function mortal<C extends object>(client: C, life: Life): C {
  const inner = client as C & Sending;
  return Object.create(client, {
    send: {
      writable: true,
      value: async (command: object, ...rest: unknown[]) => {
        await life.step(`AWS: ${commandName(command)}`);
        return await inner.send(command, ...rest);
      },
    },
  }) as C;
}
