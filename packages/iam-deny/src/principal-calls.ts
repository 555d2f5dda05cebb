import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  type Tag,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
} from '@aws-sdk/client-iam';
import type { PrincipalKind } from './principal.ts';

/** What IAM says of a user or a role itself. */
export interface Described {
  readonly Arn?: string | undefined;
  readonly Id?: string | undefined;
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn?: string | undefined } | undefined;
  readonly Tags?: readonly Tag[] | undefined;
  readonly AssumeRolePolicyDocument?: string | undefined;
}

/** IAM's calls for users and for roles differ in nothing but their names. */
export interface PrincipalCalls {
  /** The actions of `attached` and of `inline`. */
  readonly actions: { readonly attached: string; readonly inline: string };
  get(iam: IAMClient, name: string): Promise<Described>;
  attached(iam: IAMClient, name: string): Promise<readonly string[]>;
  inline(iam: IAMClient, name: string, policy: string): Promise<string | undefined>;
  putInline(iam: IAMClient, name: string, policy: string, document: string): Promise<unknown>;
  deleteInline(iam: IAMClient, name: string, policy: string): Promise<unknown>;
  attach(iam: IAMClient, name: string, policyArn: string): Promise<unknown>;
  detach(iam: IAMClient, name: string, policyArn: string): Promise<unknown>;
  putBoundary(iam: IAMClient, name: string, policyArn: string): Promise<unknown>;
  deleteBoundary(iam: IAMClient, name: string): Promise<unknown>;
  tag(iam: IAMClient, name: string, key: string, value: string): Promise<unknown>;
  untag(iam: IAMClient, name: string, key: string): Promise<unknown>;
}

const user: PrincipalCalls = {
  actions: { attached: 'iam:ListAttachedUserPolicies', inline: 'iam:GetUserPolicy' },
  get: async (iam, UserName) => {
    const { User } = await iam.send(new GetUserCommand({ UserName }));
    return { ...User, Id: User?.UserId };
  },
  attached: async (iam, UserName) => {
    const found: string[] = [];
    for await (const { AttachedPolicies = [] } of paginateListAttachedUserPolicies({ client: iam }, { UserName }))
      for (const { PolicyArn } of AttachedPolicies) if (PolicyArn !== undefined) found.push(PolicyArn);
    return found;
  },
  inline: async (iam, UserName, PolicyName) =>
    (await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))).PolicyDocument,
  putInline: (iam, UserName, PolicyName, PolicyDocument) =>
    iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
  deleteInline: (iam, UserName, PolicyName) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  attach: (iam, UserName, PolicyArn) => iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
  detach: (iam, UserName, PolicyArn) => iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  putBoundary: (iam, UserName, PermissionsBoundary) =>
    iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary })),
  deleteBoundary: (iam, UserName) => iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })),
  tag: (iam, UserName, Key, Value) => iam.send(new TagUserCommand({ UserName, Tags: [{ Key, Value }] })),
  untag: (iam, UserName, Key) => iam.send(new UntagUserCommand({ UserName, TagKeys: [Key] })),
};

const role: PrincipalCalls = {
  actions: { attached: 'iam:ListAttachedRolePolicies', inline: 'iam:GetRolePolicy' },
  get: async (iam, RoleName) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return { ...Role, Id: Role?.RoleId };
  },
  attached: async (iam, RoleName) => {
    const found: string[] = [];
    for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client: iam }, { RoleName }))
      for (const { PolicyArn } of AttachedPolicies) if (PolicyArn !== undefined) found.push(PolicyArn);
    return found;
  },
  inline: async (iam, RoleName, PolicyName) =>
    (await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument,
  putInline: (iam, RoleName, PolicyName, PolicyDocument) =>
    iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
  deleteInline: (iam, RoleName, PolicyName) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  attach: (iam, RoleName, PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
  detach: (iam, RoleName, PolicyArn) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  putBoundary: (iam, RoleName, PermissionsBoundary) =>
    iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary })),
  deleteBoundary: (iam, RoleName) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
  tag: (iam, RoleName, Key, Value) => iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key, Value }] })),
  untag: (iam, RoleName, Key) => iam.send(new UntagRoleCommand({ RoleName, TagKeys: [Key] })),
};

export const principalCalls: { readonly [K in PrincipalKind]: PrincipalCalls } = { user, role };
