import type { Progress, Registry } from '@entity-lockdown/core';
import { type Json, sameJson, type Warning } from '@entity-lockdown/plugin-api';
import { virtualTime } from '../virtual/virtual-time.ts';
import { type Attack, attacksOn, bystandersOf } from './attacks.ts';
import { deleteKey, fightBack, keyStatus } from './fight-back.ts';
import { lockdownIn, type Seen } from './lockdown-in-sandbox.ts';
import { organization } from './organization.ts';

/** How long a call to AWS takes in the demo, in milliseconds. */
export const callTakes = 80;

export interface Tried {
  readonly with: string;
  readonly does: string;
  readonly before: string;
  readonly after: string;
}

export interface Timed {
  readonly arn: string;
  readonly state: string;
  /** Seconds until the first cut was made, and until all of it was read back. */
  readonly firstCut: number;
  readonly done: number;
  readonly changes: number;
}

/** What must hold for the demo to have succeeded. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
}

/** All that happened, to be told. */
export interface Story {
  readonly attacks: readonly Tried[];
  readonly bystanders: readonly Tried[];
  readonly contained: readonly Timed[];
  readonly warnings: readonly { readonly arn: string; readonly warnings: readonly Warning[] }[];
  readonly attackersKey: string;
  readonly answered: readonly Timed[];
  readonly released: readonly Timed[];
  readonly calls: number;
  readonly claims: readonly Claim[];
}

/** Plays the whole story: attack, containment, attack, counter-attack, release. Nothing outside of this process is touched. */
export async function play(seed: number, registry: Registry): Promise<Story> {
  const time = virtualTime(Date.parse('2026-01-05T03:04:05Z'));
  const org = organization(seed, time, registry);
  // An hour ago: the role session is an old one.
  const attacks = attacksOn(org, time);
  const bystanders = bystandersOf(org);
  await time.sleep(40 * 60_000);
  const seen: Seen[] = [];
  const lockdown = lockdownIn(org, time, registry, seed, seen);
  await Promise.all(registry.plugins.map((plugin) => plugin.load()));
  org.sandbox.intercept({ gate: () => time.sleep(callTakes) });
  const before = org.sandbox.dump();
  const targets = [org.user, org.role, org.function, org.instance];

  const attacksBefore = await tryAll(attacks);
  const bystandersBefore = await tryAll(bystanders);
  org.sandbox.clearCalls();

  const contained = await timed(targets, lockdown.contain);
  const calls = org.sandbox.calls.length;
  const attacksAfter = await tryAll(attacks);
  const bystandersAfter = await tryAll(bystanders);

  const attackersKey = await fightBack(org);
  const answered = await timed([org.user, org.instance], lockdown.contain);
  const keyAnswered = keyStatus(org, attackersKey);
  const attacksAgain = await tryAll(attacks);

  await time.sleep(15 * 60_000);
  const released = await timed(targets, lockdown.release);
  const keyLeft = keyStatus(org, attackersKey);
  deleteKey(org, attackersKey);
  const isSame = sameJson(org.sandbox.dump() as Json, before as Json);

  const isShutOut = (outcomes: readonly string[]) => outcomes.every((outcome) => outcome !== 'works');
  const isWorking = (outcomes: readonly string[]) => outcomes.every((outcome) => outcome === 'works');
  return {
    attacks: attacks.map((attack, at) => tried(attack, attacksBefore[at], attacksAfter[at])),
    bystanders: bystanders.map((attack, at) => tried(attack, bystandersBefore[at], bystandersAfter[at])),
    contained: contained.map(({ timing }) => timing),
    warnings: contained.map(({ progress, timing }) => ({ arn: timing.arn, warnings: progress.record.warnings })),
    attackersKey,
    answered: answered.map(({ timing }) => timing),
    released: released.map(({ timing }) => timing),
    calls,
    claims: [
      { claim: 'everything the attacker tried worked before', holds: isWorking(attacksBefore) },
      {
        claim: 'all four were contained, read back from AWS',
        holds: contained.every(({ timing }) => timing.state === 'contained'),
      },
      { claim: 'nothing the attacker tried worked afterwards', holds: isShutOut(attacksAfter) },
      {
        claim: 'the other web server, which has the same role, was not harmed',
        holds: isWorking([...bystandersBefore, ...bystandersAfter]),
      },
      {
        claim: 'the counter-attack was answered: new key inactive, no traffic again',
        holds:
          keyAnswered === 'Inactive' && isShutOut(attacksAgain) && answered.every(({ timing }) => timing.state === 'contained'),
      },
      { claim: 'all four were released, read back from AWS', holds: released.every(({ timing }) => timing.state === 'released') },
      { claim: "the attacker's key stayed inactive", holds: keyLeft === 'Inactive' },
      { claim: 'without that key, the organization is exactly as it was before', holds: isSame },
    ],
  };

  async function timed(
    arns: readonly string[],
    work: (arn: string) => Promise<Progress>,
  ): Promise<readonly { readonly progress: Progress; readonly timing: Timed }[]> {
    const began = time.now();
    return await Promise.all(
      arns.map(async (arn) => {
        const progress = await work(arn);
        const end = time.now();
        const cut = seen.find(
          ({ at, event, record }) =>
            at >= began && record.id === progress.record.id && (event.what === 'write' || event.what === 'hop'),
        );
        const timing: Timed = {
          arn,
          state: progress.record.state,
          firstCut: ((cut?.at ?? end) - began) / 1_000,
          done: (end - began) / 1_000,
          changes: progress.record.targets.filter(({ unavailable }) => unavailable === undefined).length,
        };
        return { progress, timing };
      }),
    );
  }
}

async function tryAll(attacks: readonly Attack[]): Promise<readonly string[]> {
  return await Promise.all(attacks.map((attack) => attack.attempt()));
}

function tried({ with: how, does }: Attack, before = 'not tried', after = 'not tried'): Tried {
  return { with: how, does, before, after };
}
