// Loaded before anything is counted: the core loads it when it assumes its first role, and no time must pass meanwhile.
import '@aws-sdk/client-sts';
import {
  type CreateClient,
  createAwsAccess,
  createDispatcher,
  createLedger,
  drive,
  lockdownRetryStrategy,
  type ObjectStore,
  type Progress,
  type Registry,
} from '@entity-lockdown/core';
import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';
import type { Sandbox } from '@entity-lockdown/sandbox';
import type { VirtualTime } from './virtual-time.ts';

const registry: Registry = {
  plugins: [iamUser, iamRole, lambda, ec2].map((plugin) => ({
    manifest: plugin.manifest,
    package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
    load: async () => plugin,
  })),
};

/** The role that Entity Lockdown assumes in every account. */
export const roleName = 'EntityLockdown';

/** The Region of everything that has one. */
export const region = 'eu-west-1';

/** One process of Entity Lockdown, with nothing in its caches yet. */
export interface LockdownProcess {
  contain(arn: string): Promise<Progress>;
  release(arn: string): Promise<Progress>;
  close(): void;
}

/** Makes real clients of the SDK that the sandbox answers, and that the virtual time sees at work. */
export function clientsOf(sandbox: Sandbox, time: VirtualTime, as: string): CreateClient {
  const credentials = sandbox.credentials(as);
  return <C extends AwsClient>(Client: AwsClientClass<C>, config: object): C => {
    const given = { credentials, retryStrategy: lockdownRetryStrategy(0), ...config };
    return seenAtWork(sandbox.createClient(Client, given), time);
  };
}

interface Sending {
  send(command: unknown, ...rest: unknown[]): Promise<unknown>;
}

function seenAtWork<C extends AwsClient>(client: C, time: VirtualTime): C {
  const inner = client as C & Sending;
  return Object.create(client, {
    send: { value: (command: unknown, ...rest: unknown[]) => time.during(() => inner.send(command, ...rest)) },
  }) as C;
}

let processes = 0;

/**
 * A process whose AWS is a sandbox and whose time is virtual.
 *
 * @param as who it is: a principal of the sandbox that may assume the role in every account
 * @param onWait told before it sleeps, with the time at which it will wake, in milliseconds since the epoch
 */
export function lockdownProcess(
  sandbox: Sandbox,
  time: VirtualTime,
  as: string,
  store: ObjectStore,
  onWait: (until: number) => void = () => {},
): LockdownProcess {
  processes += 1;
  const me = `process-${processes}`;
  let made = 0;
  const access = createAwsAccess({
    createClient: clientsOf(sandbox, time, as),
    clock: time,
    region,
    sessionName: 'entity-lockdown-bench',
    roleName,
  });
  const dispatcher = createDispatcher({
    registry,
    ledger: createLedger(store, (length) => {
      made += 1;
      return `${processes.toString(36)}x${made.toString(36)}`.padEnd(length, '0').slice(0, length);
    }),
    access,
    guardrails: { protected: [] },
    clock: time,
    owners: { me, isDead: () => false },
  });
  const toEnd = (progress: Progress) =>
    drive(dispatcher, progress, {
      clock: time,
      sleep: (ms) => time.sleep(ms),
      signal: new AbortController().signal,
      onWait: ({ next }) => onWait(Date.parse(next?.at ?? '')),
    });
  return {
    contain: async (arn) => toEnd(await dispatcher.contain({ arn, by: 'bench' })),
    release: async (arn) => toEnd(await dispatcher.release({ target: arn, by: 'bench' })),
    close: () => access.destroy(),
  };
}
