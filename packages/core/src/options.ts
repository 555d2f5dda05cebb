import type { Manifest, Option } from '@entity-lockdown/plugin-api';
import { invalid } from './failure.ts';

/** Option values of one containment, complete: each option of the plugin has one. */
export type OptionValues = { readonly [name: string]: string | number };

/**
 * Checks the options given against the plugin's manifest, and fills in the defaults. An option that the plugin does not have is
 * left out: several entities of different types may be named in one command.
 *
 * @throws LockdownError for a value that the option does not allow
 */
export function optionsFor(manifest: Manifest, given: { readonly [name: string]: unknown }): OptionValues {
  return Object.fromEntries(
    Object.entries(manifest.options ?? {}).map(([name, option]) => [name, valueFor(manifest, name, option, given[name])]),
  );
}

function valueFor(manifest: Manifest, name: string, option: Option, given: unknown): string | number {
  if (given === undefined) return option.default;
  if (option.kind === 'choice') {
    if (typeof given === 'string' && option.values.includes(given)) return given;
    throw invalid(
      'bad-option',
      `${name} of ${article(manifest.title)} is ${option.values.join(' or ')}, not ${JSON.stringify(given)}.`,
      `Give one of: ${option.values.join(', ')}.`,
    );
  }
  const seconds = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given;
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= option.least && seconds <= option.most)
    return seconds;
  throw invalid(
    'bad-option',
    `${name} of ${article(manifest.title)} is a whole number of seconds from ${option.least} to ${option.most}, not ${JSON.stringify(given)}.`,
    'Give a number in that range.',
  );
}

function article(title: string): string {
  return `${/^[AEIOU]/i.test(title) ? 'an' : 'a'} ${title}`;
}
