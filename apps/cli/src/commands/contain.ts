import { isBadInput, notRun } from '../bad-input.ts';
import { type ContainOrder, containOne } from '../containing.ts';
import { type Asked, entitiesAskedFor, type NotAsked, spared } from '../entities.ts';
import { type ExitCode, worst } from '../exit-code.ts';
import { type OpenHost, openHost } from '../open-host.ts';
import { type Outcome, outcomeOfError } from '../outcome.ts';
import { type Planned, planned } from '../planning.ts';
import { liveProgress } from '../progress.ts';
import type { Result, Running } from '../result.ts';
import { outcomeJson, showContained } from '../show/outcome-text.ts';
import { showPlan } from '../show/plan-text.ts';
import { rejectedJson, showRejected } from '../show/rejected-text.ts';
import { mostAtOnce, sideBySide } from '../side-by-side.ts';
import { incidentId, oneLine } from '../text-input.ts';
import { usageError } from '../usage-error.ts';
import { registryFor } from './registry-for.ts';

/** Contains entities side by side: asks once for all of them, or not at all, and ends with what was verified. */
export async function contain(
  args: readonly string[],
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  const { io, standing } = running;
  const { yes, ...given } = options as { readonly yes?: boolean; readonly incident: string; readonly reason?: string };
  const reason = oneLine('--reason', given.reason, 1_000);
  const order: ContainOrder = {
    incident: incidentId(given.incident) ?? 'default',
    options,
    ...(reason !== undefined && { reason }),
  };
  if (yes !== true && !io.canAsk)
    throw usageError(
      'There is no terminal to ask at, and --yes was not given.',
      'Look at it with lockdown plan, then add --yes.',
    );
  const live = liveProgress(running);
  const registry = await registryFor(options, running);
  const open = await openHost(options, registry, running, live);
  try {
    const { entities, rejected } = await entitiesAskedFor(registry, args, options);
    if (rejected.some(isBadInput)) return notRun({ ledger: open.ledger.location }, rejected, entities.map(spared));
    // A ledger that cannot be read is found out before anything is begun.
    await open.ledger.existingMark();
    const consent = yes === true ? { agreed: entities, left: [] } : await ask(open, entities, rejected, order, running);
    live.begin();
    if (consent.agreed.length > 0) {
      standing.text =
        'Ended at once. What was done stays done, and the ledger knows of it. lockdown status shows it; lockdown contain with the same ARNs goes on.';
    }
    const outcomes = [
      ...(await sideBySide(consent.agreed, mostAtOnce, (asked) => containOne(open, asked, order, running, live))),
      ...consent.left,
    ];
    return resultOf(open, outcomes, rejected);
  } finally {
    live.stop();
    open.close();
  }
}

interface Consent {
  readonly agreed: readonly Asked[];
  readonly left: readonly Outcome[];
}

/** Shows the plans, and asks once. */
async function ask(
  open: OpenHost,
  entities: readonly Asked[],
  rejected: readonly NotAsked[],
  { options }: ContainOrder,
  { io, progress, signal }: Running,
): Promise<Consent> {
  const plans = await sideBySide(entities, mostAtOnce, (asked) => planned(open, asked, options));
  const possible = plans.filter(({ kind }) => kind !== 'no');
  const left = plans.flatMap((plan) => (plan.kind === 'no' ? [leftAlone(plan)] : []));
  const declined = (exitCode: ExitCode): Consent => ({
    agreed: [],
    left: [...left, ...possible.map(({ asked }): Outcome => ({ asked, outcome: 'declined', exitCode, seconds: 0 }))],
  });
  if (possible.length === 0) return { agreed: [], left };
  if (signal.aborted) return declined(130);
  for (const each of rejected) showRejected(progress, each);
  for (const each of plans) showPlan(progress, each);
  progress.line();
  const [only] = possible;
  const what = possible.length === 1 && only !== undefined ? only.asked.resolved.entity.arn : `these ${possible.length} entities`;
  const answer = await io.confirm(`Contain ${what}?`);
  if (answer === true) return { agreed: possible.map(({ asked }) => asked), left };
  return declined(answer === undefined ? 130 : 3);
}

function leftAlone({ asked, failure, exitCode }: Planned & { readonly kind: 'no' }): Outcome {
  return { asked, outcome: outcomeOfError(exitCode), exitCode, failure, seconds: 0 };
}

function resultOf(open: OpenHost, outcomes: readonly Outcome[], rejected: readonly NotAsked[]): Result {
  return {
    exitCode: worst([...outcomes, ...rejected].map(({ exitCode }) => exitCode)),
    json: {
      ledger: open.ledger.location,
      entities: [...outcomes.map(outcomeJson), ...rejected.map(rejectedJson)],
    },
    show(out, err) {
      for (const each of rejected) showRejected(err, each);
      for (const each of outcomes) showContained(out, each, 'contain');
    },
  };
}
