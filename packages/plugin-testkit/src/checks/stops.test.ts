import type { Plugin } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { subjectOf } from '../subject.ts';
import { parts, queuePlugin } from '../testing/queue-plugin.ts';
import { queueOptions } from '../testing/queue-worlds.ts';
import { resumesContainment, resumesRelease } from './stops.ts';

const mark = parts.settings['test.queue.mark'];

/** A plugin whose mark can be written but once to each value. */
function fussy(about: string | null): Plugin {
  const write: typeof mark.write = async (ctx, on, value, now) => {
    if (value === about && now.mark === about) throw new Error('it is so already');
    return await mark.write(ctx, on, value, now);
  };
  return { ...queuePlugin, settings: { ...parts.settings, 'test.queue.mark': { ...mark, write } } };
}

test('a plugin that is right is finished wherever it stops', async () => {
  const subject = subjectOf(queuePlugin, queueOptions);
  expect(await resumesContainment.run(subject)).toEqual([]);
  expect(await resumesRelease.run(subject)).toEqual([]);
});

test('an original that cannot be written twice is found by a stop between the write and its note in the ledger', async () => {
  const faults = await resumesRelease.run(subjectOf(fussy(null), queueOptions));
  expect(faults.join('\n')).toMatch(
    /stopped before .* while it was released, the release ended as release-blocked: .*it is so already/,
  );
});
