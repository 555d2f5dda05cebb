import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { type CreateClient, lockdownRetryStrategy, type Registry } from '@entity-lockdown/core';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';
import { configureLambda, createSandbox, lambdaAtOnce, type Sandbox } from '@entity-lockdown/sandbox';
import { run } from '../run.ts';
import { type VirtualTime, virtualTime } from '../virtual/virtual-time.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const alice: string = `arn:aws:iam::${account}:user/team/alice`;
export const app: string = `arn:aws:iam::${account}:role/app`;
export const worker: string = `arn:aws:lambda:${region}:${account}:function:worker`;

/** Plugins from their sources: what is discovered are builds. */
export const registry: Registry = {
  plugins: [ec2, iamRole, iamUser, lambda].map((plugin) => ({
    manifest: plugin.manifest,
    package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
    load: async () => plugin,
  })),
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The object that --json printed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: any;
}

export interface How {
  /** What the person answers. Without it, there is no terminal. */
  readonly answer?: boolean | 'break off';
  readonly env?: { readonly [name: string]: string };
  readonly columns?: number;
  readonly terminal?: boolean;
  /** The person interrupts before anything is begun. */
  readonly interrupted?: boolean;
  /** Called after each sleep was begun, and given what interrupts. */
  readonly onSleep?: (interrupt: () => void) => void;
  readonly onQuestion?: (question: string, interrupt: () => void) => unknown;
}

/** A command line in an organization of the sandbox, with folders of its own. */
export interface Cli {
  readonly sandbox: Sandbox;
  readonly time: VirtualTime;
  readonly folder: string;
  readonly questions: string[];
  run(argv: readonly string[], how?: How): Promise<Ran>;
  /** Calls that changed something, as `service:Operation`. */
  mutations(): readonly string[];
  remove(): void;
}

export function cli(setup: { readonly as?: string; readonly registry?: Registry } = {}): Cli {
  const time = virtualTime(Date.parse('2026-11-24T03:04:05Z'), () => new Promise((resolve) => setTimeout(resolve, 8)));
  const sandbox = createSandbox({ now: () => time.now(), accounts: [{ id: account }, { id: '444455556666' }] });
  fill(sandbox);
  const folder = mkdtempSync(join(tmpdir(), 'lockdown-cli-'));
  const questions: string[] = [];
  const createClient: CreateClient = (Client, config) =>
    sandbox.createClient(Client, {
      credentials: sandbox.credentials(setup.as ?? `admin:${account}`),
      retryStrategy: lockdownRetryStrategy(0),
      ...config,
    });
  return {
    sandbox,
    time,
    folder,
    questions,
    async run(argv, how = {}) {
      const listeners = new Set<() => void>();
      const interrupt = (): void => {
        for (const listener of [...listeners]) listener();
      };
      const out: string[] = [];
      const err: string[] = [];
      const size = { isTTY: how.terminal === true, ...(how.columns !== undefined && { columns: how.columns }) };
      const code = await run(argv, {
        stdout: { write: (text) => void out.push(text), ...size },
        stderr: { write: (text) => void err.push(text), ...size },
        canAsk: how.answer !== undefined,
        env: { LOCKDOWN_LEDGER: `file:${join(folder, 'ledger')}`, ...how.env },
        clock: time,
        sleep: async (ms, signal) => {
          const slept = time.sleep(ms, signal);
          how.onSleep?.(interrupt);
          await slept;
        },
        onInterrupt(listener) {
          listeners.add(listener);
          if (how.interrupted === true) listener();
          return () => listeners.delete(listener);
        },
        async confirm(question) {
          questions.push(question);
          await how.onQuestion?.(question, interrupt);
          return how.answer === 'break off' ? undefined : how.answer;
        },
        code: async () => undefined,
        createClient,
        registry: setup.registry ?? registry,
        folders: { data: join(folder, 'data'), config: join(folder, 'config') },
      });
      const printed = out.join('');
      return { code, out: printed, err: err.join(''), json: argv.includes('--json') ? JSON.parse(printed) : undefined };
    },
    mutations: () =>
      sandbox.calls.filter(({ mutates, ran }) => mutates && ran).map(({ service, operation }) => `${service}:${operation}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A user with a path and two keys, a role, and a function with a role of its own. */
function fill(sandbox: Sandbox): void {
  configureLambda({ world: sandbox.world, account, region }, lambdaAtOnce);
  const admin = sandbox.as(`admin:${account}`);
  const all = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
  const trust = (Service: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] });
  admin.run(new CreateUserCommand({ UserName: 'alice', Path: '/team/' }));
  admin.run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'all', PolicyDocument: all }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  admin.run(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust('ec2.amazonaws.com') }));
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'all', PolicyDocument: all }));
  admin.run(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') }));
  admin.run(
    new CreateFunctionCommand({
      FunctionName: 'worker',
      Role: `arn:aws:iam::${account}:role/worker`,
      Code: { ZipFile: new Uint8Array([1]) },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
    }),
    region,
  );
}
