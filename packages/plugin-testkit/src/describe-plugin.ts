import type { Plugin } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { checks } from './checks.ts';
import { type ConformanceOptions, subjectOf } from './subject.ts';

/** How long one check may take: those that stop a process before each of its calls make thousands of runs. */
const timeoutMs = 120_000;

/**
 * Registers the conformance suite for a plugin with vitest, each check as a test of its own. A test that fails names the fault and
 * what to do about it.
 */
export function describePlugin(plugin: Plugin, options: ConformanceOptions): void {
  describe(`${plugin.manifest.id} conforms`, () => {
    const subject = subjectOf(plugin, options);
    test('there is a world in which the entity is contained, and one in which it is not there', () => {
      expect(options.worlds.map(({ expect: ending }) => ending)).toEqual(expect.arrayContaining(['contained', 'refused']));
    });
    for (const { title, run } of checks) {
      test(title, { timeout: timeoutMs }, async () => {
        const faults = await run(subject);
        expect.soft(faults, faults.join('\n')).toEqual([]);
      });
    }
  });
}
