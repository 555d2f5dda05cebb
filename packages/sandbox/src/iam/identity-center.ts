import type { World } from '../world.ts';
import { iamOf } from './state.ts';

/**
 * Adds the role that IAM Identity Center makes in an account for a permission set, with AdministratorAccess. Answers its name. No
 * operation of IAM makes such a role. https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
 */
export function addIdentityCenterRole(world: World, account: string, permissionSet: string): string {
  const name = `AWSReservedSSO_${permissionSet}_${world.id('x-').slice(2, 18)}`;
  const partition = world.partitionOf(account);
  const Principal = { Federated: `arn:${partition}:iam::${account}:saml-provider/AWSSSO_DO_NOT_DELETE` };
  const Statement = [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'] }];
  iamOf(world, account).roles.set(name.toLowerCase(), {
    name,
    path: '/aws-reserved/sso.amazonaws.com/',
    id: world.id('AROA'),
    created: 0,
    inline: new Map(),
    attached: [`arn:${partition}:iam::aws:policy/AdministratorAccess`],
    tags: new Map(),
    trust: JSON.stringify({ Version: '2012-10-17', Statement }),
    maxSession: 43_200,
  });
  return name;
}
