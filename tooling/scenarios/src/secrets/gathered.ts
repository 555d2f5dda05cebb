import { findSecret } from './find.ts';

/** Where something that Entity Lockdown says or stores was taken from. What is printed: by a command, in this process or in one of its own. */
export const channels = ['record', 'event', 'answer', 'printed'] as const;
export type Channel = (typeof channels)[number];

export const kinds = ['external id', 'credential', 'environment', 'user data'] as const;
export type Kind = (typeof kinds)[number];

/** What one file of tests gathered and planted: how often, and what was found. */
export interface Report {
  readonly gathered: { [channel in Channel]?: number };
  readonly planted: { [kind in Kind]?: number };
  readonly found: string[];
}

const report: Report = { gathered: {}, planted: {}, found: [] };

/** Searches what was said or stored. */
export function gather(channel: Channel, text: string): void {
  report.gathered[channel] = (report.gathered[channel] ?? 0) + 1;
  const found = findSecret(text);
  if (found !== undefined) report.found.push(`${channel}: ${found}`);
}

/** Counts a secret that was planted. One without the mark would not be found: it is refused. */
export function plant(kind: Kind, secret: string): string {
  if (findSecret(secret) === undefined)
    throw new Error(
      `The ${kind} of a test is searched for everywhere afterwards: it must contain secretMark of packages/sandbox/src/secrets.ts.`,
    );
  report.planted[kind] = (report.planted[kind] ?? 0) + 1;
  return secret;
}

/** What was found since the last time. */
export function takeFound(): readonly string[] {
  return report.found.splice(0);
}

export function reportSoFar(): Report {
  return report;
}
