export { EntityLockdown, type EntityLockdownProps, generatedSecret, givenSecret } from './entity-lockdown.ts';
export { EntityLockdownMember, type EntityLockdownMemberProps } from './entity-lockdown-member.ts';
export { type LedgerLock, ledgerPrefix } from './ledger-bucket.ts';
export { containmentRole, releaseRole, responderRole, roleArn } from './names.ts';
export type { Queues } from './queues.ts';
export { type RolePolicies, rolePolicies } from './role-policies.ts';
