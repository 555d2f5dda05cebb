export { conditionalDeny, type DenyTarget, inlineDeny, markPrincipal, unconditionalDeny } from './changes.ts';
export { conditionalDenyGrants, markGrants, namedPrincipal, unconditionalDenyGrants } from './grants.ts';
export { denyAllArn, markTag, markValue } from './policy.ts';
export { knownPrincipals, type PrincipalKind, principalKind, principalOn, uneditable } from './principal.ts';
export { readPrincipal, unlessGone } from './read.ts';
export {
  type ConditionalDenySettings,
  conditionalDenySettings,
  type DenySettings,
  denySettings,
  type FindPrincipal,
  type UnconditionalDenySettings,
  unconditionalDenySettings,
} from './settings.ts';
export { type DenyPolicy, type PrincipalState, quarantinePolicies, unreadGaps } from './state.ts';
