import { arnOf, formatArn, partOf, resourceOf } from '@entity-lockdown/plugin-api';

/** The two groups that we make in a VPC: one for all traffic, passed through, and one for none, the last. */
export type GroupKind = 'untrack' | 'isolation';
export const groupKinds: readonly GroupKind[] = ['untrack', 'isolation'];

/**
 * What stands for a group of ours before it exists, so that a plan is data: `arn:aws:ec2:R:A:vpc/vpc-1#untrack`. The account is the
 * instance's, also in a VPC that another account shares with it: a participant's groups are its own.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html
 */
export function groupSymbol(instanceArn: string, vpc: string, kind: GroupKind): string {
  return `${formatArn({ ...arnOf(instanceArn), resource: `vpc/${vpc}` })}#${kind}`;
}

/** A symbol in its parts; undefined for what is none, such as a group's id. */
export function parseSymbol(symbol: string): { readonly vpc: string; readonly kind: GroupKind } | undefined {
  const kind = groupKinds.find((candidate) => candidate === partOf(symbol));
  if (kind === undefined) return undefined;
  return { vpc: idIn(resourceOf(symbol)), kind };
}

/** The ARN of a network interface, as a target's `on`. */
export function interfaceArn(instanceArn: string, owner: string, id: string): string {
  return formatArn({ ...arnOf(instanceArn), account: owner, resource: `network-interface/${id}` });
}

/** The id at the end of an EC2 ARN. */
export function idIn(arn: string): string {
  const { resource } = arnOf(arn);
  return resource.slice(resource.indexOf('/') + 1);
}
