import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { policyFor } from '@entity-lockdown/core';
import { secretMark } from '@entity-lockdown/sandbox';
import type { Subject } from './subject.ts';
import type { TestHostOptions } from './test-host.ts';
import type { BuiltWorld } from './world.ts';

const roleName = 'EntityLockdownTestkit';
const userName = 'entity-lockdown-testkit';

/** What a host that assumes a role gives to AssumeRole. Nobody must see it. */
export const externalId: string = `${secretMark}-external-id`;

/**
 * Makes a role in a world that may do what the plugin declares and nothing else, nor what is denied to it, and a user that may assume
 * it. Answers what a host that runs as them is made with.
 */
export function leastPrivilege(
  subject: Subject,
  world: BuiltWorld,
  denied?: string,
): Pick<TestHostOptions, 'as' | 'roleName' | 'externalId'> {
  const partition = world.sandbox.world.partitionOf(world.account);
  const user = `arn:${partition}:iam::${world.account}:user/${userName}`;
  world.run(new CreateUserCommand({ UserName: userName }));
  world.run(new CreateAccessKeyCommand({ UserName: userName }));
  const assume = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
  world.run(new PutUserPolicyCommand({ UserName: userName, PolicyName: 'assume', PolicyDocument: assume }));
  const trust = document({
    Effect: 'Allow',
    Principal: { AWS: user },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  });
  world.run(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument: trust }));
  const allow = (PolicyName: string, PolicyDocument: string): void => {
    world.run(new PutRolePolicyCommand({ RoleName: roleName, PolicyName, PolicyDocument }));
  };
  for (const purpose of ['contain', 'release'] as const) {
    const policy = policyFor([subject.plugin.manifest], purpose, { partition, account: world.account });
    if (policy.Statement.length > 0) allow(purpose, JSON.stringify(policy));
  }
  if (denied !== undefined) allow('denied', document({ Effect: 'Deny', Action: denied, Resource: '*' }));
  return { as: user, roleName, externalId };
}

function document(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
