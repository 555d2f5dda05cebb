import { CouldNotLook, type Failure, failureOf, type PlanReport } from '@entity-lockdown/core';
import type { Asked } from './entities.ts';
import type { ExitCode } from './exit-code.ts';
import { exitCodeOf } from './failing.ts';
import type { OpenHost } from './open-host.ts';

/** What a look at one entity has come to. */
export type Planned = {
  readonly asked: Asked;
  readonly exitCode: ExitCode;
} & (
  | { readonly kind: 'plan'; readonly report: PlanReport }
  /** It must not be contained, or there is nothing to contain. */
  | { readonly kind: 'no'; readonly report?: PlanReport; readonly failure: Failure }
  /** It could not be looked at; what needs no look can be done all the same. */
  | { readonly kind: 'blind'; readonly failure: Failure }
);

/** Codes of failures that would meet a containment just the same. */
const hopeless: ReadonlySet<string> = new Set(['no-credentials', 'unreachable']);

export async function planned(
  { dispatcher }: OpenHost,
  asked: Asked,
  options: { readonly [name: string]: unknown },
): Promise<Planned> {
  let report: PlanReport;
  try {
    report = await dispatcher.plan({ arn: asked.arn, by: 'plan', options });
  } catch (error) {
    const failure = failureOf(error, asked.resolved.entity.arn);
    const isBlind = error instanceof CouldNotLook && !hopeless.has(failure.code);
    return { asked, kind: isBlind ? 'blind' : 'no', failure, exitCode: exitCodeOf(error) };
  }
  if (report.refusal !== undefined) return { asked, kind: 'no', report, failure: report.refusal, exitCode: 3 };
  if (!report.exists) {
    const failure: Failure = {
      code: 'no-such-entity',
      message: report.missing ?? `${report.entity.arn} does not exist.`,
      next: 'Check the ARN: account, Region, path and name.',
      transient: false,
    };
    return { asked, kind: 'no', report, failure, exitCode: 2 };
  }
  return { asked, kind: 'plan', report, exitCode: 0 };
}
