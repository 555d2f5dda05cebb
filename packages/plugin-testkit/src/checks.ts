import type { Check } from './check.ts';
import { deniedOptionalWarns, deniedRequiredIsSaid } from './checks/denied.ts';
import { driftIsLeft } from './checks/drift.ts';
import { grantsAreUsed, grantsCoverCalls, grantsSuffice } from './checks/grants.ts';
import { inspectOnlyReads } from './checks/inspect.ts';
import { grantsAreReal, manifestIsData, manifestIsPackaged } from './checks/manifest.ts';
import {
  endsAsExpected,
  noSecretIsTold,
  refusedIsUntouched,
  releaseRestores,
  secondRunWritesNothing,
  valuesAreStorable,
} from './checks/outcome.ts';
import { everyElseIsReached, immediateIsWanted, planIsPure, planIsStable, releaseOrderIsKnown } from './checks/plan.ts';
import { resolveIsPure, spellingsAgree } from './checks/resolve.ts';
import { settingsReadWhatTheyWrote } from './checks/settings.ts';
import { resumesContainment, resumesRelease } from './checks/stops.ts';

/** All that every plugin must do right, from what can be said of it at rest to what happens when it is disturbed. */
export const checks: readonly Check[] = [
  manifestIsData,
  manifestIsPackaged,
  grantsAreReal,
  resolveIsPure,
  spellingsAgree,
  endsAsExpected,
  refusedIsUntouched,
  inspectOnlyReads,
  planIsPure,
  planIsStable,
  immediateIsWanted,
  everyElseIsReached,
  releaseOrderIsKnown,
  settingsReadWhatTheyWrote,
  valuesAreStorable,
  secondRunWritesNothing,
  releaseRestores,
  grantsCoverCalls,
  grantsAreUsed,
  grantsSuffice,
  deniedOptionalWarns,
  deniedRequiredIsSaid,
  driftIsLeft,
  resumesContainment,
  resumesRelease,
  noSecretIsTold,
];
