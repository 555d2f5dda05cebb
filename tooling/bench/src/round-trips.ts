import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { memoryStore, type ObjectStore } from '@entity-lockdown/core';
import { s3Store } from '@entity-lockdown/core/s3-store';
import type { Sandbox } from '@entity-lockdown/sandbox';
import type { Measured } from './budgets.ts';
import { clientsOf, lockdownProcess, region } from './lockdown-process.ts';
import {
  createOrganization,
  makeFunction,
  makeInstance,
  makeNetwork,
  makeRole,
  makeUser,
  operator,
  securityAccount,
} from './organization.ts';
import { isDenied, isIsolated, isStopped, isUntracked } from './shut-out.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

export type LedgerKind = 'folder' | 's3';

/** Round trips until something is so, and what was called in each of them. */
export interface RoundTrips {
  readonly count: number;
  /** By round trip, from the first: `iam:PutUserPolicy`, with how often it was called where that is more than once. */
  readonly calls: readonly (readonly string[])[];
}

const account = '111122223333';
const bucket = 'entity-lockdown-ledger';
const start = Date.parse('2026-11-02T03:04:05Z');
/** The latency of every call. It is short against the lease, so that nothing times out, and the unit in which the time is read. */
const unitMs = 1;

/**
 * Contains one entity of each type in the sandbox through the SDK's real clients, where every call to AWS takes one unit of virtual
 * time and nothing else takes any: the time at which something is so is the number of calls on its critical path. A call takes effect
 * at the end of its unit, as does its answer.
 *
 * Cold: a new process, without a session or anything cached. Another entity of the type was contained before, so that the ledger is
 * there, and the VPC has the groups that its instances share.
 *
 * @param ledger a folder's calls take no time; those to S3 are calls as those to other services
 */
export async function countRoundTrips(ledger: LedgerKind): Promise<{ readonly [of in Measured]: RoundTrips }> {
  const user = await count(ledger, (admin) => [makeUser(admin, account, 'before'), makeUser(admin, account, 'alice')], {
    user: isDenied,
  });
  const role = await count(ledger, (admin) => [makeRole(admin, account, 'before'), makeRole(admin, account, 'app')], {
    role: isDenied,
  });
  const lambda = await count(
    ledger,
    (admin) => [makeFunction(admin, account, 'before'), makeFunction(admin, account, 'thumbnails')],
    { function: (sandbox, arn) => isStopped(sandbox, arn) && isDenied(sandbox, arn) },
  );
  const instance = await count(
    ledger,
    (admin) => {
      const network = makeNetwork(admin);
      return [makeInstance(admin, account, network, 'before'), makeInstance(admin, account, network, 'web')];
    },
    {
      untracked: (sandbox, arn) => isUntracked(sandbox, arn) && isDenied(sandbox, arn),
      isolated: isIsolated,
    },
  );
  return { ...user, ...role, ...lambda, ...instance };
}

type Build = (admin: ReturnType<Sandbox['as']>) => readonly [before: string, counted: string];
type Conditions<M extends Measured> = { readonly [of in M]: (sandbox: Sandbox, arn: string) => boolean };

async function count<M extends Measured>(
  ledger: LedgerKind,
  build: Build,
  conditions: Conditions<M>,
): Promise<{ readonly [of in M]: RoundTrips }> {
  const time = virtualTime(start);
  const sandbox = createOrganization([account], () => time.now());
  const [before, arn] = build(sandbox.as(`admin:${account}`));
  const store = storeIn(sandbox, time, ledger);
  sandbox.intercept({ gate: () => time.passing(unitMs) });
  await containIn(sandbox, time, store, before);

  const wakings = [time.now()];
  sandbox.clearCalls();
  const reached = watch(sandbox, time, arn, conditions);
  await containIn(sandbox, time, store, arn, (until) => wakings.push(until));

  const counted = (of: M): [M, RoundTrips] => {
    const at = reached.get(of);
    if (at === undefined) throw new Error(`${arn} was contained, and yet it never was ${of}`);
    // A containment is a run of calls from when it began, or woke.
    const from = Math.max(...wakings.filter((woken) => woken < at));
    return [of, { count: (at - from) / unitMs, calls: callsBetween(sandbox, from, at) }];
  };
  return Object.fromEntries((Object.keys(conditions) as M[]).map(counted)) as { [of in M]: RoundTrips };
}

function storeIn(sandbox: Sandbox, time: VirtualTime, ledger: LedgerKind): ObjectStore {
  const now = () => time.now();
  if (ledger === 'folder') return memoryStore({ now });
  sandbox.as(`admin:${securityAccount}`).run(new CreateBucketCommand({ Bucket: bucket }), region);
  return s3Store({ client: clientsOf(sandbox, time, operator)(S3Client, { region }), bucket, now });
}

async function containIn(
  sandbox: Sandbox,
  time: VirtualTime,
  store: ObjectStore,
  arn: string,
  onWait?: (until: number) => void,
): Promise<void> {
  const process = lockdownProcess(sandbox, time, operator, store, onWait);
  const { record } = await time.run(() => process.contain(arn));
  process.close();
  if (record.state !== 'contained') throw new Error(`${arn} is ${record.state}: ${JSON.stringify(record.failures)}`);
}

/** Notes when each condition holds first. Only a call that changes something can bring that about. */
function watch<M extends Measured>(
  sandbox: Sandbox,
  time: VirtualTime,
  arn: string,
  conditions: Conditions<M>,
): ReadonlyMap<M, number> {
  const reached = new Map<M, number>();
  const look = (): void => {
    for (const of of Object.keys(conditions) as M[])
      if (!reached.has(of) && conditions[of](sandbox, arn)) reached.set(of, time.now());
  };
  look();
  if (reached.size > 0) throw new Error(`${arn} was cut off before it was contained`);
  sandbox.intercept({
    after({ mutates }) {
      if (mutates) look();
      return undefined;
    },
  });
  return reached;
}

function callsBetween(sandbox: Sandbox, from: number, to: number): readonly (readonly string[])[] {
  return Array.from({ length: (to - from) / unitMs }, (_, index) => {
    const names = sandbox.calls
      .filter(({ at }) => at === from + (index + 1) * unitMs)
      .map(({ service, operation }) => `${service}:${operation}`);
    return [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => (length === 1 ? name : `${name} (${length})`));
  });
}
