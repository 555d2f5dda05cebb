import { type ContainmentRecord, targetKey, verify } from '@entity-lockdown/core';
import { type CallInFlight, faults, type Sandbox } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import type { Organization } from './organization.ts';

/** A world with an entity in it, built anew for each fault. */
export interface FaultyWorld {
  readonly title: string;
  build(): { readonly of: Organization; readonly arn: string };
  readonly options?: { readonly [name: string]: string | number };
  /** Operations whose denial costs a warning alone. */
  readonly optional: readonly string[];
  /** Operations that AWS does not take without another one, by that one. */
  readonly resting?: { readonly [operation: string]: readonly string[] };
}

/** What goes wrong with the first calls of an operation. */
interface Fault {
  readonly title: string;
  readonly times: number;
  /** Whether the call takes effect before it goes wrong. */
  readonly after: boolean;
  error(call: CallInFlight): Error;
}

const passing: readonly Fault[] = [
  { title: 'took effect, and the answer was a 500', times: 5, after: true, error: () => faults.internal() },
  { title: 'took effect, and the answer timed out', times: 5, after: true, error: () => faults.timeout() },
  { title: 'took effect, and the connection was reset', times: 1, after: true, error: () => faults.connectionReset() },
  { title: 'was throttled', times: 6, after: false, error: ({ service }) => faults.throttled(throttledBy[service]) },
  { title: 'failed with a 500', times: 6, after: false, error: () => faults.internal() },
];
const throttledBy: { readonly [service: string]: string } = {
  iam: 'Throttling',
  ec2: 'RequestLimitExceeded',
  lambda: 'TooManyRequestsException',
};

/** Makes the first calls of an operation go wrong; answers what ends that. */
function disturb(sandbox: Sandbox, operation: string, { times, after, error }: Fault): () => void {
  let left = times;
  const hook = (call: CallInFlight): Error | undefined => {
    if (call.operation !== operation || left === 0) return undefined;
    left -= 1;
    return error(call);
  };
  return sandbox.intercept(after ? { after: hook } : { before: hook });
}

/** The operations that a world's containment, and then its release, change something by. */
async function changesIn(
  world: FaultyWorld,
): Promise<{ readonly contain: readonly string[]; readonly release: readonly string[] }> {
  const { of, arn } = world.build();
  const { contain, release } = of.process();
  const made = (): readonly string[] => [
    ...new Set(of.sandbox.calls.filter(({ mutates, service }) => mutates && service !== 'sts').map(({ operation }) => operation)),
  ];
  of.sandbox.clearCalls();
  await contain(arn, optionsOf(world));
  const containing = made();
  of.sandbox.clearCalls();
  await release(arn);
  return { contain: containing, release: made() };
}

const optionsOf = ({ options }: FaultyWorld): object => (options === undefined ? {} : { options });
const said = (record: ContainmentRecord): string => JSON.stringify([record.failures, record.warnings]);

/** Every changing call of a containment and of its release goes wrong, in every way: it ends as it should all the same. */
export async function describeFaults(world: FaultyWorld): Promise<void> {
  const operations = await changesIn(world);
  const each = (of: readonly string[]) =>
    passing.flatMap((fault) => of.map((operation) => ({ operation, title: fault.title, fault })));

  describe(`${world.title}: calls that go wrong`, () => {
    test.each(each(operations.contain))(
      '$operation $title: contained in the end, and all comes back',
      async ({ operation, fault }) => {
        const { of, arn } = world.build();
        const before = of.sandbox.dump();
        const { contain, release } = of.process();
        const undisturbed = disturb(of.sandbox, operation, fault);
        const { record } = await contain(arn, optionsOf(world));
        expect([record.state, record.failures]).toEqual(['contained', []]);
        undisturbed();
        expect((await release(arn)).record.state).toBe('released');
        of.clock.turn(120_000);
        expect(of.sandbox.dump()).toEqual(before);
      },
    );

    test.each(each(operations.release))(
      '$operation $title while it is released: all comes back',
      async ({ operation, fault }) => {
        const { of, arn } = world.build();
        const before = of.sandbox.dump();
        const { contain, release } = of.process();
        await contain(arn, optionsOf(world));
        const undisturbed = disturb(of.sandbox, operation, fault);
        const first = await release(arn);
        undisturbed();
        if (first.record.state !== 'released') {
          expect(first.record.state).toBe('release-blocked');
          expect((await release(arn)).record.state).toBe('released');
        }
        of.clock.turn(120_000);
        expect(of.sandbox.dump()).toEqual(before);
      },
    );

    test.each(operations.contain)('%s denied: named, every other cut made, and a later run completes it', async (operation) => {
      const { of, arn } = world.build();
      const before = of.sandbox.dump();
      const { contain, release, host } = of.process();
      const allow = of.sandbox.intercept({ before: (call) => (call.operation === operation ? faults.denied() : undefined) });
      const { record } = await contain(arn, optionsOf(world));
      expect(record.state).toBe(world.optional.includes(operation) ? 'contained' : 'partial');
      expect(said(record)).toMatch(new RegExp(`(iam|ec2|lambda):${operation}`));
      const { targets } = await verify(host, record);
      const failed = new Map(record.targets.map((target) => [targetKey(target), target.failure]));
      expect(targets.filter((target) => failed.get(targetKey(target)) === undefined && target.standing !== 'contained')).toEqual(
        [],
      );
      // What was not cut either is named, with the reason: it is on what is denied.
      const others = targets.filter((target) => failed.get(targetKey(target)) !== undefined);
      expect(others.length).toBeGreaterThan(0);
      const actions = new Set(others.map((target) => failed.get(targetKey(target))?.action?.split(':')[1]));
      expect(actions.delete(operation)).toBe(true);
      expect([...actions]).toEqual(world.resting?.[operation] ?? []);
      allow();
      const again = await contain(arn, optionsOf(world));
      expect([again.record.state, again.record.failures]).toEqual(['contained', []]);
      expect((await release(arn)).record.state).toBe('released');
      of.clock.turn(120_000);
      expect(of.sandbox.dump()).toEqual(before);
    });

    test.each(operations.release)(
      '%s denied while it is released: blocked, named, and a later run completes it',
      async (operation) => {
        const { of, arn } = world.build();
        const before = of.sandbox.dump();
        const { contain, release } = of.process();
        await contain(arn, optionsOf(world));
        const allow = of.sandbox.intercept({ before: (call) => (call.operation === operation ? faults.denied() : undefined) });
        const { record } = await release(arn);
        expect(record.state).toBe('release-blocked');
        expect(said(record)).toMatch(new RegExp(`(iam|ec2|lambda):${operation}`));
        allow();
        expect((await release(arn)).record.state).toBe('released');
        of.clock.turn(120_000);
        expect(of.sandbox.dump()).toEqual(before);
      },
    );
  });
}
