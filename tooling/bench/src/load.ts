import { memoryStore } from '@entity-lockdown/core';
import { lockdownProcess } from './lockdown-process.ts';
import { createOrganization, makeFunction, makeInstance, makeNetwork, makeRole, makeUser, operator } from './organization.ts';
import { virtualTime } from './virtual-time.ts';

/** What many entities take, contained and then released by one process. */
export interface Load {
  readonly entities: number;
  readonly accounts: number;
  readonly sideBySide: number;
  /** Calls to AWS. */
  readonly calls: number;
  readonly contain: Spent;
  readonly release: Spent;
  /** The most memory that the process had: before the first entity, with the sandbox and its world, and in the end. */
  readonly bytesBefore: number;
  readonly bytesPeak: number;
}

export interface Spent {
  readonly seconds: number;
  /** Of processors, which does not depend on what else the machine does. */
  readonly cpuSeconds: number;
}

const sideBySide = 16;
const start = Date.parse('2026-11-02T03:04:05Z');

/**
 * Contains and releases entities of the four types, as many of each, in a sandbox of several accounts through the SDK's real clients,
 * by one process that has a number of them under way at once. Waits (a dwell, IAM's propagation) take no real time. Throws where an
 * entity does not end contained or released, or where the organization is not as it was before.
 */
export async function measureLoad(accounts: number, ofEachTypeAndAccount: number): Promise<Load> {
  const time = virtualTime(start);
  const ids = Array.from({ length: accounts }, (_, index) => String(100_000_000_000 + index));
  const sandbox = createOrganization(ids, () => time.now());
  const arns = ids.flatMap((account) => {
    const admin = sandbox.as(`admin:${account}`);
    const network = makeNetwork(admin);
    return Array.from({ length: ofEachTypeAndAccount }, (_, index) => [
      makeUser(admin, account, `user-${index}`),
      makeRole(admin, account, `role-${index}`),
      makeFunction(admin, account, `function-${index}`),
      makeInstance(admin, account, network, `instance-${index}`),
    ]).flat();
  });
  const original = JSON.stringify(sandbox.dump());
  const bytesBefore = peakBytes();

  let calls = 0;
  sandbox.intercept({
    before() {
      calls += 1;
      // What was recorded would grow with every call, and is no part of what is measured.
      sandbox.clearCalls();
      return undefined;
    },
  });
  const lockdown = lockdownProcess(sandbox, time, operator, memoryStore({ now: () => time.now() }));
  const all = (act: (arn: string) => Promise<{ readonly record: { readonly state: string } }>, state: string) =>
    spentOn(() =>
      time.run(() =>
        inTurn(arns, async (arn) => {
          const { record } = await act(arn);
          if (record.state !== state) throw new Error(`${arn} is ${record.state}, not ${state}: ${JSON.stringify(record)}`);
        }),
      ),
    );
  const contain = await all((arn) => lockdown.contain(arn), 'contained');
  const release = await all((arn) => lockdown.release(arn), 'released');
  lockdown.close();
  if (JSON.stringify(sandbox.dump()) !== original) throw new Error('the organization is not as it was before');
  return {
    entities: arns.length,
    accounts,
    sideBySide,
    calls,
    contain,
    release,
    bytesBefore,
    bytesPeak: peakBytes(),
  };
}

/** Does something for each, a number of them at once. */
async function inTurn(arns: readonly string[], act: (arn: string) => Promise<void>): Promise<void> {
  const left = arns.values();
  const worker = async () => {
    for (const arn of left) await act(arn);
  };
  await Promise.all(Array.from({ length: sideBySide }, worker));
}

async function spentOn(work: () => Promise<unknown>): Promise<Spent> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1_000_000 };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1_024;
}
