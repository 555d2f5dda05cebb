import { type PrincipalState, readPrincipal, uneditable } from '@entity-lockdown/iam-deny';
import type { Context, Entity, Known, Observed } from '@entity-lockdown/plugin-api';
import type { RoleState } from './state.ts';

/** Looks at the role, in one round trip. */
export async function inspect(ctx: Context, entity: Entity, known: Known): Promise<Observed<RoleState>> {
  const principal = await readPrincipal(ctx, entity.arn, known.targets);
  const missing = missingOf(entity, principal);
  return {
    exists: missing === undefined,
    id: principal.id,
    // What was read stays readable although it is not what was meant, so that nothing of ours is left on it.
    state: missing === undefined ? { principal } : { principal, missing },
    ...(missing !== undefined && { missing }),
    ...(principal.markedBy !== undefined && { markedBy: principal.markedBy }),
  };
}

/**
 * Names are unique whatever their path, and a role's path cannot be changed: where the path is another, so is the role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 */
function missingOf(entity: Entity, principal: PrincipalState): string | undefined {
  if (!principal.exists) return `There is no IAM role ${entity.name} in the account ${entity.account}.`;
  if (principal.name !== entity.name)
    return `The IAM role is called ${principal.name}, not ${entity.name}: give the ARN as AWS spells it, ${principal.arn}.`;
  if (!entity.pathUnknown && principal.arn !== entity.arn)
    return `There is no role ${entity.arn}. The role called ${entity.name} is ${principal.arn}: if that is meant, give that ARN.`;
  const refusal = uneditable(principal.arn);
  return refusal && `${refusal.refused} ${refusal.instead}`;
}
