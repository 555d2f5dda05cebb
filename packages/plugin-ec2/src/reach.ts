import { uneditable } from '@entity-lockdown/iam-deny';
import { arnOf } from '@entity-lockdown/plugin-api';
import type { InstanceState, NetworkInterface } from './state.ts';

/** The interfaces whose groups we may change: attached, of this account, and managed by nobody else. In a stable order. */
export function isolatable(now: InstanceState): readonly NetworkInterface[] {
  return attachedTo(now).filter((found) => obstacle(now, found) === undefined);
}

/** Why an interface can't be isolated from here; undefined where it can. */
export function obstacle(now: InstanceState, found: NetworkInterface): string | undefined {
  const operator = now.instance?.operator ?? null;
  const { account } = arnOf(now.arn);
  if (operator !== null) return `${operator} manages the instance`;
  if (found.manager !== null) return `${found.manager} manages it`;
  if (found.owner !== account) return `it belongs to account ${found.owner}`;
  return undefined;
}

export function attachedTo(now: InstanceState): readonly NetworkInterface[] {
  return Object.values(now.interfaces)
    .filter(({ attached }) => attached)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The roles of the instance profile that may be denied. */
export function deniableRoles(now: InstanceState): readonly { readonly arn: string; readonly id: string }[] {
  return (now.profile?.roles ?? []).filter(({ arn }) => uneditable(arn) === undefined);
}
