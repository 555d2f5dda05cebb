import type { PolicyDocument as Document } from '@entity-lockdown/core';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { Aws, Fn } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  Effect,
  type IManagedPolicy,
  type IPrincipal,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { containmentRole, releaseRole, responderRole, roleArn } from './names.ts';
import { iamChanges, type RolePolicies, rolePolicies } from './role-policies.ts';

export interface EntityLockdownMemberProps {
  /** The manifests of the responder's plugins: what the roles may do is what these declare. */
  readonly manifests: readonly Manifest[];
  /** The ARN of the role that the responder acts with, in the security account. */
  readonly responderRoleArn: string;
  /** What the responder gives as `sts:ExternalId`. */
  readonly externalId: string;
  /**
   * The humans who may release: ARNs of roles or users of the security account, with `*` where a part is not known beforehand. Without any
   * there is no release role.
   */
  readonly releasePrincipals?: readonly string[];
  /** The path of the roles, such as `security/`; the same in all accounts. */
  readonly rolePath?: string;
  /** The ARN of a managed policy that bounds the roles. It must leave them what the plugins need. */
  readonly permissionsBoundaryArn?: string;
}

/** What an account needs so that its entities can be contained, and released: two roles. */
export class EntityLockdownMember extends Construct {
  readonly containmentRole: Role;
  readonly releaseRole: Role | undefined;

  constructor(scope: Construct, id: string, props: EntityLockdownMemberProps) {
    super(scope, id);
    const { manifests, responderRoleArn, releasePrincipals = [] } = props;
    this.containmentRole = this.role('ContainmentRole', containmentRole, props, {
      description: 'Entity Lockdown: contains entities of this account. The responder alone may assume it.',
      trusted: whoeverIs([responderRoleArn], accountOf(responderRoleArn), { 'sts:ExternalId': props.externalId }),
      policies: rolePolicies(manifests, 'contain'),
    });
    if (releasePrincipals.length === 0) return;
    this.releaseRole = this.role('ReleaseRole', releaseRole, props, {
      description: 'Entity Lockdown: releases entities of this account. Named humans alone may assume it.',
      trusted: whoeverIs(releasePrincipals, accountOf(responderRoleArn)),
      policies: rolePolicies(manifests, 'release'),
    });
  }

  private role(
    id: string,
    roleName: string,
    { rolePath = '', responderRoleArn, permissionsBoundaryArn }: EntityLockdownMemberProps,
    { description, trusted, policies }: { description: string; trusted: IPrincipal; policies: RolePolicies },
  ): Role {
    const path = `/${rolePath}`;
    const managedPolicies = policies.managed.map(
      (document, at): IManagedPolicy =>
        new ManagedPolicy(this, `${id}Policy${at + 1}`, {
          // Named: a name made from that of the stack could begin with what the plugins may change.
          managedPolicyName: `${roleName}${at + 1}`,
          path,
          document: PolicyDocument.fromJson(document),
        }),
    );
    return new Role(this, id, {
      roleName,
      path,
      description,
      assumedBy: trusted,
      managedPolicies,
      inlinePolicies: {
        ...(policies.inline && { Plugins: documentFrom(policies.inline) }),
        NeverItself: new PolicyDocument({ statements: [neverItself(policies, rolePath, responderRoleArn)] }),
      },
      ...(permissionsBoundaryArn !== undefined && {
        permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, `${id}Boundary`, permissionsBoundaryArn),
      }),
    });
  }
}

function documentFrom(document: Document): PolicyDocument {
  return PolicyDocument.fromJson(document);
}

/**
 * The account is trusted, on the condition that it is one of these: IAM takes an account as principal that has no such role yet, so that
 * stacks can be made in any order, and a role that was made anew under its name is trusted again.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
function whoeverIs(arns: readonly string[], account: string, exactly: { readonly [key: string]: string } = {}): IPrincipal {
  return new AccountPrincipal(account).withConditions({
    ArnLike: { 'aws:PrincipalArn': arns },
    ...(Object.keys(exactly).length > 0 && { StringEquals: exactly }),
  });
}

function accountOf(arn: string): string {
  return Fn.select(4, Fn.split(':', arn));
}

/**
 * Plugins deny things to any role by writing policies into it. Whoever has a role of Entity Lockdown could so give itself what he likes:
 * the roles of Entity Lockdown are left out, whatever is asked for.
 */
function neverItself(policies: RolePolicies, rolePath: string, responderRoleArn: string): PolicyStatement {
  const roles = [responderRole, containmentRole, releaseRole].map((name) => roleArn(Aws.ACCOUNT_ID, rolePath, name));
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: [...iamChanges(policies)],
    resources: [...new Set([...roles, responderRoleArn])],
  });
}
