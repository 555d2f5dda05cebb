import { type DenySettings, denySettings, type PrincipalState, principalOn } from '@entity-lockdown/iam-deny';
import type { Setting } from '@entity-lockdown/plugin-api';
import { interfaceGroups } from './settings/interface-groups.ts';
import { shutdownBehavior, stopProtection, terminationProtection } from './settings/protection.ts';
import { type GroupValue, securityGroup } from './settings/security-group.ts';
import type { InstanceState } from './state.ts';

export type InstanceSettings = DenySettings<InstanceState> & {
  readonly 'ec2.network-interface.groups': Setting<InstanceState, readonly string[]>;
  readonly 'ec2.security-group.present': Setting<InstanceState, GroupValue>;
  readonly 'ec2.instance.termination-protection': Setting<InstanceState, boolean>;
  readonly 'ec2.instance.stop-protection': Setting<InstanceState, boolean>;
  readonly 'ec2.instance.shutdown-behavior': Setting<InstanceState, 'stop' | 'terminate'>;
};

const read = denySettings<InstanceState>((now, on) => now.roles[on]);
const perhapsUnread = denySettings<InstanceState>((now, on) => now.roles[on] ?? unread(now, on));

export const settings: InstanceSettings = {
  'ec2.network-interface.groups': interfaceGroups,
  'ec2.security-group.present': securityGroup,
  'ec2.instance.termination-protection': terminationProtection,
  'ec2.instance.stop-protection': stopProtection,
  'ec2.instance.shutdown-behavior': shutdownBehavior,
  ...read,
  // What carries the ledger's mark is not there before the first look: the deny need not wait for a look at the role. What has an
  // original is known only of a role that was looked at.
  'iam.principal.inline-deny': perhapsUnread['iam.principal.inline-deny'],
  'iam.role.conditional-deny': perhapsUnread['iam.role.conditional-deny'],
  'iam.role.conditional-managed-deny': perhapsUnread['iam.role.conditional-managed-deny'],
};

/** A role of the profile that was not looked at yet. */
function unread(now: InstanceState, on: string): PrincipalState | undefined {
  const role = now.profile?.roles.find(({ arn }) => principalOn(arn) === on);
  if (role === undefined) return undefined;
  return {
    kind: 'role',
    on,
    exists: true,
    name: on.slice(on.lastIndexOf('/') + 1),
    arn: role.arn,
    id: role.id,
    trusts: [],
    attached: [],
    boundary: null,
    inlineDeny: null,
    conditionalDeny: {},
    conditionalManagedDeny: {},
    marked: false,
  };
}
