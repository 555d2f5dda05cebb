import {
  type ContainmentRecord,
  callMs,
  commandName,
  createAwsAccess,
  createDispatcher,
  createLedger,
  type Dispatcher,
  drive,
  type Host,
  LockdownError,
  memoryStore,
  type Progress,
  StoreDeadline,
  StoreFault,
} from '@entity-lockdown/core';
import type { AwsClient } from '@entity-lockdown/plugin-api';
import { seededRandom, testClock } from '@entity-lockdown/plugin-testkit';
import { faults, type Sandbox } from '@entity-lockdown/sandbox';
import { type Chance, chance } from '../chance.ts';
import { allPlugins } from '../harness.ts';
import { type Process, scheduler } from './scheduler.ts';
import type { WalkWorld } from './worlds.ts';

export interface WalkOptions {
  readonly seed: number;
  readonly world: (random: Chance, clock: { now(): number }) => WalkWorld;
  /** The share of steps at which something goes wrong; 0 for none. */
  readonly deaths?: number;
  readonly pauses?: number;
  readonly lost?: number;
}

export interface WalkResult {
  /** What must never be, where it was. */
  readonly bad?: string;
  readonly trace: readonly string[];
  readonly steps: number;
}

interface Request {
  readonly arn: string;
  readonly incident: string;
  readonly options: { readonly [name: string]: string | number };
  readonly message?: string;
}

/**
 * One random walk: several processes contain and release entities that share resources; every step, to AWS or to the ledger, is taken
 * in a random order, with deaths, pauses longer than a lease, lost answers and stale reads. Afterwards the sweep runs, everything is
 * released, and the world must be as it was.
 */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const random = chance(options.seed);
  const clock = testClock();
  const { sandbox, account, entities } = options.world(random, clock);
  const original = JSON.stringify(sandbox.dump());
  const objects = new Map<string, string>();
  const trace: string[] = [];
  const asked = new Map<string, 'contain' | 'release'>();
  const reported = new Map<string, Set<string>>();
  const delivered: (Request & { readonly message: string })[] = [];
  let lost = options.lost ?? 0;
  let steps = 0;
  let changed = false;
  let bad: string | undefined;

  // Which process a call belongs to is known by its credentials.
  const callers = new Map<string, Process>();
  sandbox.intercept({
    gate: async (call) => {
      const process = callers.get(call.accessKeyId);
      if (process === undefined) return;
      const began = clock.now();
      await process.step(call.operation, call.mutates ? 'write' : 'read');
      steps += 1;
      if (call.mutates) changed = true;
      // No call is under way longer than its time-out: it is given up, and has no effect later.
      if (clock.now() - began > callMs) throw faults.timeout();
    },
    after: (call) => (callers.has(call.accessKeyId) && random.next() < lost ? faults.timeout() : undefined),
  });

  const everything = scheduler({
    chance: random,
    clock,
    deaths: options.deaths ?? 0,
    pauses: options.pauses ?? 0,
    // Short, within a lease, and far beyond it.
    lengths: [2_000, 22_000, 120_000],
    trace: (line) => trace.push(line),
    check: () => {
      if (bad === undefined && changed) bad = falseSuccess();
      changed = false;
      if (bad !== undefined) throw new Error(bad);
    },
  });

  function openRecords(): readonly ContainmentRecord[] {
    return [...objects].filter(([key]) => key.startsWith('open/')).map(([, body]) => JSON.parse(body) as ContainmentRecord);
  }

  /** An entity whose containment was reported, and that nobody asked to release, must be contained as long as its record says so. */
  function falseSuccess(): string | undefined {
    for (const [arn, incidents] of reported) {
      const record = openRecords().find(({ entity }) => entity.arn === arn);
      if (record?.state !== 'contained') continue;
      if (![...incidents].some((incident) => asked.get(`${arn} ${incident}`) === 'contain')) continue;
      const open = entities.find((entity) => entity.arn === arn)?.openDoors() ?? [];
      if (open.length > 0) return `${arn} was reported contained, but: ${open.join(', ')}`;
    }
    return undefined;
  }

  let processes = 0;
  function spawn(
    label: string,
    run: (dispatcher: Dispatcher, toEnd: (progress: Progress) => Promise<Progress>) => Promise<Progress>,
  ): void {
    const name = `p${++processes}`;
    everything.spawn(`${name} ${label}`, async (process) => {
      const credentials = sandbox.credentials(`arn:aws:sts::${account}:assumed-role/operator/${name}`);
      callers.set(credentials.accessKeyId, process);
      const host = hostOf(sandbox, credentials, process, name);
      const dispatcher = createDispatcher(host);
      const toEnd = (progress: Progress) =>
        drive(dispatcher, progress, {
          onWait: ({ next }) => trace.push(`${clock.now()} ${name} waits until ${Date.parse(next?.at ?? '')}: ${next?.why}`),
          clock,
          sleep: (ms) => process.sleep(ms),
          signal: new AbortController().signal,
        });
      const progress = await toEnd(await run(dispatcher, toEnd)).catch((error: unknown) => {
        if (!isExpected(error)) bad ??= `${name} ${label} failed: ${(error as Error).stack}`;
        throw error;
      });
      return `${progress.record.state}${progress.record.failures.map(({ message }) => ` ${message}`).join('')}${progress.otherHolds === undefined ? '' : ', other holds'}`;
    });
  }

  // Calls with these credentials are nobody's steps.
  const quietly = sandbox.credentials(`arn:aws:sts::${account}:assumed-role/operator/late`);

  /** A client that gives some of its writes up: they take effect later, within the time that a call may take, or never. */
  function losingTouch<C extends AwsClient>(client: C, later: C): C {
    const send = (command: object): Promise<unknown> => {
      const name = commandName(command);
      if (isRead.test(name) || random.next() >= lost) return sendOf(client)(command);
      everything.late(name, callMs, () => sendOf(later)(command));
      return Promise.reject(faults.timeout());
    };
    return Object.create(client, { send: { value: send } }) as C;
  }

  function hostOf(within: Sandbox, credentials: object, process: Process, me: string): Host {
    const store = memoryStore({
      objects,
      now: () => clock.now(),
      before: async ({ operation, key }) => {
        await process.step(`${operation} ${key}`, operation === 'get' || operation === 'list' ? 'read' : 'write');
        steps += 1;
      },
      after: () => {
        if (random.next() < lost)
          throw new StoreFault('unreachable', 'the answer was lost', 'Run it again.', { unanswered: true });
      },
    });
    return {
      registry: allPlugins,
      ledger: createLedger(store, seededRandom(options.seed * 1_000 + processes)),
      access: createAwsAccess({
        createClient: (Client, config) => {
          const client = within.directClient(Client, { credentials, maxAttempts: 1, ...config });
          return losingTouch(client, within.directClient(Client, { ...config, credentials: quietly, maxAttempts: 1 }));
        },
        clock,
        region: 'us-east-1',
        sessionName: me,
      }),
      guardrails: { protected: [] },
      clock,
      owners: { me, isDead: () => false },
      observe: ({ what, text }) => trace.push(`${clock.now()} ${me} ${what}: ${text}`),
    };
  }

  /** Contains; by a message that was delivered before, where nothing was asked anew. */
  function contain(request: Request): void {
    const { arn, incident } = request;
    spawn(`contain ${arn} ${incident} ${request.message ?? 'by a person'}`, async (dispatcher, toEnd) => {
      const progress = await toEnd(await dispatcher.contain({ ...request, by: 'walk' }));
      if (progress.record.state === 'contained' && progress.record.holds[incident] !== undefined) {
        reported.set(arn, new Set([...(reported.get(arn) ?? []), incident]));
      }
      return progress;
    });
  }

  function release(arn: string, incident: string): void {
    asked.set(`${arn} ${incident}`, 'release');
    spawn(`release ${arn} ${incident}`, (dispatcher) => dispatcher.release({ target: arn, by: 'walk', incident }));
  }

  /** What was handled and released is delivered again, to processes that may die: nobody contains by it. */
  async function deliverAgain(): Promise<void> {
    const past = [...objects]
      .filter(([key]) => key.startsWith('past/'))
      .map(([, body]) => JSON.parse(body) as { messages: object });
    const handled = delivered.filter(({ message }) => past.some(({ messages }) => Object.hasOwn(messages, message)));
    everything.stir();
    for (const request of handled) contain(request);
    await everything.run();
    everything.calm();
    for (let round = 0; round < 8 && openRecords().length > 0; round++) {
      clock.turn(40_000);
      for (const { id, entity } of openRecords()) spawn(`sweep ${entity.arn}`, (dispatcher) => dispatcher.advance(id));
      await everything.run();
    }
    const [open] = openRecords();
    if (open !== undefined) bad ??= `${open.entity.arn} was released, and a message delivered again has made it ${open.state}`;
  }

  try {
    const jobs = 2 + random.below(4);
    for (let job = 0; job < jobs; job++) {
      const entity = random.pick(entities);
      const incident = random.pick(['one', 'one', 'two']);
      const before = random.next() < 0.2 ? delivered[random.below(delivered.length)] : undefined;
      if (before !== undefined) contain(before);
      else if (job === 0 || random.next() < 0.6) {
        const request = { arn: entity.arn, incident, options: entity.options(random) };
        const byMessage = { ...request, message: `message-${job}` };
        const isMessage = random.next() < 0.5;
        if (isMessage) delivered.push(byMessage);
        asked.set(`${entity.arn} ${incident}`, 'contain');
        contain(isMessage ? byMessage : request);
      } else release(entity.arn, incident);
      // Some begin while others are at it, some right after them.
      await everything.run(random.pick([0, 10, 40, 80, Number.POSITIVE_INFINITY]));
    }
    await everything.run();
    everything.calm();
    lost = 0;
    for (let round = 0; round < 8; round++) {
      const unsettled = openRecords().filter(({ state }) => state !== 'contained');
      if (unsettled.length === 0) break;
      clock.turn(40_000);
      for (const record of unsettled) spawn(`sweep ${record.entity.arn}`, (dispatcher) => dispatcher.advance(record.id));
      await everything.run();
    }
    const stuck = openRecords().find(({ state }) => state !== 'contained');
    if (stuck !== undefined)
      bad = `${stuck.entity.arn} is stuck in ${stuck.state}: ${stuck.failures.map(({ message }) => message).join(' ')}`;
    bad ??= falseSuccess();
    for (let round = 0; round < 8 && openRecords().length > 0; round++) {
      clock.turn(40_000);
      for (const record of openRecords()) {
        for (const incident of Object.keys(record.holds)) asked.set(`${record.entity.arn} ${incident}`, 'release');
        spawn(`last release ${record.entity.arn}`, (dispatcher) =>
          dispatcher.release({ target: record.id, by: 'walk', allHolds: true }),
        );
      }
      await everything.run();
    }
    if (openRecords().length > 0) bad ??= `a record is left open: ${openRecords()[0]?.entity.arn} ${openRecords()[0]?.state}`;
    await deliverAgain();
    const end = JSON.stringify(sandbox.dump());
    if (end !== original) bad ??= `the world is not as it was: ${difference(original, end)}`;
  } catch (error) {
    bad ??= (error as Error).stack ?? String(error);
  }
  return { trace, steps, ...(bad !== undefined && { bad }) };
}

const isRead = /^(Get|List|Describe)/;

function sendOf(client: AwsClient): (command: object) => Promise<unknown> {
  const { send } = client as unknown as { send(command: object): Promise<unknown> };
  return (command) => send.call(client, command);
}

/** What a process may end with when answers are lost, leases taken over, or records released. */
function isExpected(error: unknown): boolean {
  return error instanceof StoreFault || error instanceof StoreDeadline || error instanceof LockdownError;
}

function difference(before: string, after: string): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at += 1;
  return `...${before.slice(Math.max(0, at - 80), at + 60)}... became ...${after.slice(Math.max(0, at - 80), at + 60)}...`;
}
