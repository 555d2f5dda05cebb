import type { NotAsked } from './entities.ts';
import type { Result } from './result.ts';
import { rejectedJson, showRejected } from './show/rejected-text.ts';

/** Something that was named rightly in a command that is not run. */
export interface Spared {
  /** As it was given, fit to be shown. */
  readonly input: string;
  readonly arn: string;
  readonly type: string;
}

/** Whether something that was given is wrong in itself, so that nothing of the command is begun. */
export function isBadInput({ exitCode, concernsItself }: NotAsked): boolean {
  return exitCode === 2 && concernsItself !== true;
}

/**
 * The result of a command that is not run since some of what was given is bad input: all of that is named, and nothing is touched.
 *
 * @param about what the command is about, as its JSON has it
 */
export function notRun(
  about: { readonly [member: string]: string },
  rejected: readonly NotAsked[],
  spared: readonly Spared[],
): Result {
  return {
    exitCode: 2,
    json: {
      ...about,
      error: { code: 'usage', message: 'Some of what was given is bad input: nothing was touched.', next },
      entities: [...rejected.map(rejectedJson), ...spared.map((each) => ({ ...each, exitCode: 2, outcome: 'not-begun' }))],
    },
    show(_, err) {
      for (const each of rejected) showRejected(err, each);
      if (spared.length > 0)
        err.paragraph('', `Nothing was touched, neither ${spared.map(({ arn }) => arn).join(' nor ')}. ${next}`);
    },
  };
}

const next = 'Mend or leave out what is wrong, then give the command again.';
