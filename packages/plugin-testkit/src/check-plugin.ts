import type { Plugin } from '@entity-lockdown/plugin-api';
import { checks } from './checks.ts';
import { type ConformanceOptions, subjectOf } from './subject.ts';

/** What is wrong with a plugin. */
export interface Fault {
  /** What should be right: the name of the check. */
  readonly check: string;
  /** What is wrong instead, and what to do about it. */
  readonly fault: string;
}

/** Puts a plugin through the conformance suite outside of a test runner. A check that cannot be finished is a fault too. */
export async function checkPlugin(plugin: Plugin, options: ConformanceOptions): Promise<readonly Fault[]> {
  const subject = subjectOf(plugin, options);
  const faults: Fault[] = [];
  for (const { title, run } of checks) {
    try {
      for (const fault of await run(subject)) faults.push({ check: title, fault });
    } catch (error) {
      faults.push({ check: title, fault: `The check could not be finished: ${(error as Error).message}` });
    }
  }
  return faults;
}
