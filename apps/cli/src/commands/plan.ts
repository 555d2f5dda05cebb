import { shellWord } from '@entity-lockdown/core';
import { isBadInput, notRun } from '../bad-input.ts';
import { entitiesAskedFor, spared } from '../entities.ts';
import { worst } from '../exit-code.ts';
import { openHost } from '../open-host.ts';
import { planned } from '../planning.ts';
import { liveProgress } from '../progress.ts';
import type { Result, Running } from '../result.ts';
import { planJson, showPlan } from '../show/plan-text.ts';
import { rejectedJson, showRejected } from '../show/rejected-text.ts';
import { mostAtOnce, sideBySide } from '../side-by-side.ts';
import { registryFor } from './registry-for.ts';

/** Shows what would be done to entities and what it would not stop. Writes nothing anywhere. */
export async function plan(
  args: readonly string[],
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  const live = liveProgress(running);
  const registry = await registryFor(options, running);
  const open = await openHost(options, registry, running, live);
  try {
    const { entities, rejected } = await entitiesAskedFor(registry, args, options);
    if (rejected.some(isBadInput)) return notRun({ ledger: open.ledger.location }, rejected, entities.map(spared));
    const plans = await sideBySide(entities, mostAtOnce, (asked) => planned(open, asked, options));
    return {
      exitCode: worst([...plans, ...rejected].map(({ exitCode }) => exitCode)),
      json: { ledger: open.ledger.location, entities: [...plans.map(planJson), ...rejected.map(rejectedJson)] },
      show(out, err) {
        for (const each of rejected) showRejected(err, each);
        for (const each of plans) showPlan(out, each);
        const ready = plans.filter(({ kind }) => kind === 'plan');
        out.line();
        out.line('Nothing was changed.');
        if (ready.length > 0)
          out.line(`To do it:  lockdown contain ${ready.map(({ asked }) => shellWord(asked.resolved.entity.arn)).join(' ')}`);
      },
    };
  } finally {
    live.stop();
    open.close();
  }
}
