import type { Change, Context, Entity, Json, Known, Observed, Setting, Stage, Target } from '@entity-lockdown/plugin-api';
import { inspect } from '../inspect.ts';
import type { InstanceOptions } from '../options.ts';
import { plan } from '../plan.ts';
import { type InstanceSettings, settings } from '../settings.ts';
import type { InstanceState } from '../state.ts';

export const byDefault: InstanceOptions = { scope: 'instance', dwell: 60 };

const all = settings as unknown as { readonly [name: string]: Setting<InstanceState, Json> };

/** Writes a stage's changes on what is seen, as the core would, side by side. Answers what is then known. */
export async function write(ctx: Context, { changes }: Stage<InstanceSettings>, seen: InstanceState): Promise<InstanceState> {
  let now = seen;
  await Promise.all(
    changes.map(async (change) => {
      const learned = await all[change.setting]?.write(ctx, change.on, change.to, seen);
      if (learned !== undefined) now = learned(now);
    }),
  );
  return now;
}

/** Looks, plans and writes every stage. Answers the targets, as the ledger would list them. */
export async function contain(ctx: Context, entity: Entity, options = byDefault, known: Known = { targets: [] }): Promise<Known> {
  const { state } = await inspect(ctx, entity, known);
  const stages = plan(state, entity, options);
  let now = state;
  for (const stage of stages) now = await write(ctx, stage, now);
  return { targets: [...known.targets, ...targetsOf(stages)] };
}

/** What is not as the plan wants it at the end of its stages. */
export async function outstanding(
  ctx: Context,
  entity: Entity,
  known: Known,
  options = byDefault,
): Promise<readonly (Target & { readonly value: Json | undefined })[]> {
  const { state } = await look(ctx, entity, known);
  const wanted = new Map<string, Change<InstanceSettings>>();
  for (const { changes } of plan(state, entity, options))
    for (const change of changes) if (change.transit !== true) wanted.set(`${change.setting} ${change.on}`, change);
  return [...wanted.values()].flatMap(({ setting, on, to }) => {
    const value = all[setting]?.read(state, on) as Json | undefined;
    return JSON.stringify(value) === JSON.stringify(to) ? [] : [{ setting, on, value }];
  });
}

export async function look(ctx: Context, entity: Entity, known: Known): Promise<Observed<InstanceState>> {
  return inspect(ctx, entity, known);
}

function targetsOf(stages: readonly Stage<InstanceSettings>[]): readonly Target[] {
  return stages.flatMap(({ changes }) => changes.map(({ setting, on }) => ({ setting, on })));
}
