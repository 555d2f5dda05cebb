import type { Part } from './finding.ts';

/** What a finding says of what happened to, or through, an instance or a function. */
export interface Happened {
  /** GuardDuty's `resourceRole`, ASFF's `ResourceRole`. */
  readonly role?: unknown;
  /** `DNS_REQUEST`, `NETWORK_CONNECTION`, `PORT_PROBE`, `AWS_API_CALL`, ... */
  readonly action?: unknown;
  /** `INBOUND`, `OUTBOUND` or `UNKNOWN`, of a network connection. */
  readonly direction?: unknown;
  readonly types: readonly string[];
}

/**
 * Which part an instance or a function has. GuardDuty's resource role alone does not say: it calls instances that look up names of
 * miners a TARGET in some findings and an ACTOR in others. The action says who began: an instance *queried* a domain name, or *initiated*
 * a connection that is OUTBOUND. Findings of Runtime Monitoring have no role: they are about what runs on the instance itself.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-summary.html
 */
export function partOfMachine({ role, action, direction, types }: Happened): Part {
  const word = typeof role === 'string' ? role.toUpperCase() : '';
  if (word === 'ACTOR') return 'actor';
  if (action === 'DNS_REQUEST' || (action === 'NETWORK_CONNECTION' && direction === 'OUTBOUND')) return 'actor';
  if (word === 'TARGET') return 'target';
  if (action === 'PORT_PROBE' || (action === 'NETWORK_CONNECTION' && direction === 'INBOUND')) return 'target';
  return types.some((type) => type.includes(':Runtime/')) ? 'actor' : 'unknown';
}
