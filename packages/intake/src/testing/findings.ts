import type { FindingRules } from '../findings/rules.ts';
import { findingsFrom } from '../findings.ts';
import type { Intake } from '../intake.ts';
import { at } from '../json.ts';
import { arrived, secret } from './publish.ts';
import { changed, sample } from './samples.ts';

export const ownRoles: readonly string[] = ['arn:*:iam::*:role/EntityLockdown*'];

/** Contains for everything that is at least low. */
export const everything: FindingRules = { ownRoles, contain: [{ types: ['*'], severity: 'low' }] };

/** What comes of a body on the findings topic. */
export function intakesOf(body: unknown, rules: FindingRules = { ownRoles }): readonly Intake[] {
  return findingsFrom(arrived({ body }), { rules, secret });
}

/** A sample whose finding is changed at paths. */
export function sampleWith(
  name: string,
  ...changes: readonly (readonly [path: readonly (string | number)[], to: unknown])[]
): unknown {
  const event = sample(name);
  const isList = Array.isArray(at(event, 'detail', 'findings'));
  const root = isList ? ['detail', 'findings', 0] : ['detail'];
  return changes.reduce((body, [path, to]) => changed(body, [...root, ...path], to), event);
}
