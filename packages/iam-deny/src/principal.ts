import { type Arn, arnOf, formatArn, iamName, type Refusal, resourceOf, type Target } from '@entity-lockdown/plugin-api';

export type PrincipalKind = 'user' | 'role';

/**
 * The name under which the ledger knows a principal: its IAM ARN without path, `arn:aws:iam::111122223333:role/app`, so that a role
 * contained by itself, by a function and by an instance is one and the same. Names are unique in an account whatever their path:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 * Takes the ARN of an IAM user, of an IAM role, or of a session of a role (`arn:aws:sts::...:assumed-role/app/session`).
 * Throws for any other ARN.
 */
export function principalOn(arn: string): string {
  const parsed = arnOf(arn);
  const kind = kindIn(parsed);
  const name = parsed.service === 'sts' ? (parsed.resource.split('/')[1] ?? '') : iamName(parsed.resource);
  return formatArn({ ...parsed, service: 'iam', region: '', resource: `${kind}/${name}` });
}

/** Whether an ARN that `principalOn` takes is a user's or a role's. Throws for any other ARN. */
export function principalKind(arn: string): PrincipalKind {
  return kindIn(arnOf(arn));
}

function kindIn(arn: Arn): PrincipalKind {
  if (arn.service === 'iam' && /^role\/.*[^/]$/.test(arn.resource)) return 'role';
  if (arn.service === 'iam' && /^user\/.*[^/]$/.test(arn.resource)) return 'user';
  if (arn.service === 'sts' && /^assumed-role\/[^/]+(\/.*)?$/.test(arn.resource)) return 'role';
  throw new Error(`not the ARN of an IAM user or role: ${formatArn(arn).slice(0, 200)}`);
}

/**
 * The principals (as `principalOn` names them) that the deny settings among the targets are on: for an entity that may no longer
 * point to a role that was denied for its sake.
 */
export function knownPrincipals(targets: readonly Target[]): readonly string[] {
  const ons = targets.filter(({ setting }) => setting.startsWith('iam.principal.') || setting.startsWith('iam.role.'));
  return [...new Set(ons.map(({ on }) => resourceOf(on)))];
}

/**
 * Why the policies of a principal cannot be edited, and what to do instead; undefined for all others. A role is known by its path or,
 * where the ARN lacks it, by the prefix that AWS reserves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/revoke-user-permissions.html
 */
export function uneditable(arn: string): Refusal | undefined {
  if (principalKind(arn) !== 'role') return undefined;
  const { resource } = arnOf(arn);
  const path = `/${resource.slice(resource.indexOf('/') + 1)}`;
  const name = iamName(principalOn(arn));
  if (path.startsWith('/aws-service-role/') || name.startsWith('AWSServiceRoleFor'))
    return {
      refused: `${name} is a service-linked role: only the AWS service that it belongs to may change it.`,
      instead:
        'Contain what the attacker acts through in that service, deny the calls by a service control policy, or delete the role from the service itself.',
    };
  if (path.startsWith('/aws-reserved/sso.amazonaws.com/') || name.startsWith('AWSReservedSSO_'))
    return {
      refused: `${name} belongs to an IAM Identity Center permission set: IAM does not let anyone change it, and other people share it.`,
      instead:
        'Contain the person: deny identitystore:UserId in a service control policy for at least 12 hours, remove the assignments and group memberships, disable the user in Identity Center and at the identity provider, and end the sessions.',
    };
  return undefined;
}
