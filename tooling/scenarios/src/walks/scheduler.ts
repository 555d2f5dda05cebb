import type { Chance } from '../chance.ts';

/** Something a process waits for: the scheduler decides when it happens. */
interface Step {
  readonly label: string;
  readonly kind: 'read' | 'write';
  /** Not before this time, in milliseconds. */
  readonly from: number;
  go(): void;
}

/** A process in a walk: its steps happen when the scheduler lets them. */
export interface Process {
  readonly name: string;
  /** Waits until the scheduler takes the step. Never resolves once the process is dead. */
  step(label: string, kind?: 'read' | 'write'): Promise<void>;
  sleep(ms: number): Promise<void>;
  readonly dead: boolean;
}

interface Running {
  readonly process: Process & { dead: boolean };
  readonly steps: Step[];
  /** Paused until then. */
  until: number;
  /** A call under way that nobody waits for: it takes effect before this time, or never. */
  readonly expires?: number;
  ended: boolean;
}

export interface SchedulerOptions {
  readonly chance: Chance;
  readonly clock: { now(): number; turn(ms: number): void };
  /** The share of steps at which a process dies, and at which it is paused: more often before it writes, when it matters most. */
  readonly deaths: number;
  readonly pauses: number;
  /** The longest pauses, in milliseconds: one of them is taken as the limit of each. */
  readonly lengths: readonly number[];
  /** Called after every step. Throws where something that must never be is. */
  readonly check: () => void;
  readonly trace: (line: string) => void;
}

export interface Scheduler {
  spawn(name: string, run: (process: Process) => Promise<string>): void;
  /** A call that its caller has given up: it takes effect within so many milliseconds, or never. */
  late(label: string, ms: number, run: () => Promise<unknown>): void;
  /** Lets things happen until every process has ended or died, or so many steps were taken. */
  run(most?: number): Promise<void>;
  /** From now on nobody dies or pauses. */
  calm(): void;
  /** From now on processes die and pause again. */
  stir(): void;
}

/** Decides the order in which the steps of several processes happen, and when they die, pause or wake. */
export function scheduler(options: SchedulerOptions): Scheduler {
  const { chance: random, clock, check, trace } = options;
  let running: Running[] = [];
  let { deaths, pauses } = options;

  function newProcess(name: string): Running {
    const steps: Step[] = [];
    const wait = (label: string, kind: 'read' | 'write', from: number) =>
      new Promise<void>((resolve) => {
        steps.push({ label, kind, from, go: resolve });
      });
    const process = {
      name,
      dead: false,
      step: (label: string, kind: 'read' | 'write' = 'write') => wait(label, kind, 0),
      sleep: (ms: number) => wait('sleep', 'write', clock.now() + ms),
    };
    return { process, steps, until: 0, ended: false };
  }

  /** All that can go on without a step has gone on: every living process waits for one, or has ended. */
  async function settled(): Promise<void> {
    for (let turns = 0; turns < 10_000; turns++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (running.every(({ ended, steps }) => ended || steps.length > 0)) return;
    }
    throw new Error('a process neither waits for a step nor ends');
  }

  /** The steps to take now: one, or mostly all reads that a process waits for together, whose order among themselves says little. */
  function takeSteps(one: Running, now: number): readonly Step[] {
    const due = one.steps.filter(({ from }) => from <= now);
    const first = random.pick(due);
    const taken = first.kind === 'read' && random.next() < 0.9 ? due.filter(({ kind }) => kind === 'read') : [first];
    for (const step of taken) one.steps.splice(one.steps.indexOf(step), 1);
    return taken;
  }

  function die(one: Running): void {
    one.process.dead = true;
    running = running.filter((other) => other !== one);
    trace(`${clock.now()} ${one.process.name} dies`);
  }

  return {
    calm() {
      deaths = 0;
      pauses = 0;
    },
    stir() {
      ({ deaths, pauses } = options);
    },
    spawn(name, run) {
      const one = newProcess(name);
      running.push(one);
      trace(`${clock.now()} ${name} starts`);
      run(one.process).then(
        (result) => {
          one.ended = true;
          trace(`${clock.now()} ${name} ends: ${result}`);
        },
        (error: unknown) => {
          one.ended = true;
          trace(`${clock.now()} ${name} fails: ${(error as Error).message}`);
        },
      );
    },
    late(label, ms, run) {
      const one: Running = { ...newProcess(`late ${label}`), expires: clock.now() + ms };
      running.push(one);
      const end = () => {
        one.ended = true;
      };
      one.process
        .step(label)
        .then(run)
        .then(
          () => trace(`${clock.now()} ${label} takes effect late`),
          () => {},
        )
        .then(end);
    },
    async run(most = Number.POSITIVE_INFINITY) {
      for (let count = 0; count < most; count++) {
        await settled();
        running = running.filter(({ ended, expires = Number.POSITIVE_INFINITY }) => !ended && clock.now() <= expires);
        if (running.length === 0) return;
        if (count > 60_000) throw new Error('a process never ends');
        const now = clock.now();
        const ready = running.filter(({ until, steps }) => until <= now && steps.some(({ from }) => from <= now));
        if (ready.length === 0) {
          const soonest = Math.min(
            ...running.map(({ until, steps }) => Math.max(until, Math.min(...steps.map(({ from }) => from)))),
          );
          clock.turn(Math.max(1, soonest - now));
          continue;
        }
        const one = random.pick(ready);
        if (random.next() < (one.steps.some(({ kind }) => kind === 'write') ? pauses * 2 : pauses / 2)) {
          one.until = now + 1 + random.below(random.pick(options.lengths));
          continue;
        }
        if (random.next() < 0.7) clock.turn(1 + random.below(120));
        if (random.next() < deaths / 2) {
          die(one);
          continue;
        }
        const taken = takeSteps(one, now);
        // It takes effect, and its process never hears of it.
        const dies = random.next() < deaths / 2;
        for (const step of taken) step.go();
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (dies) die(one);
        check();
      }
    },
  };
}
