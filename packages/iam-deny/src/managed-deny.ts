import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import { arnOf, awsErrorCode, iamName, type Json, unavailable } from '@entity-lockdown/plugin-api';
import { unlessGone } from './read.ts';

/** Creates the policy or repairs it, and attaches it to the role. Throws `unavailable` where a quota leaves no room. */
export async function putManagedDeny(iam: IAMClient, RoleName: string, PolicyArn: string, document: Json): Promise<void> {
  const PolicyDocument = JSON.stringify(document);
  try {
    await iam.send(new CreatePolicyCommand({ PolicyName: iamName(arnOf(PolicyArn).resource), PolicyDocument }));
  } catch (error) {
    if (awsErrorCode(error) === 'LimitExceeded') throw unavailable('the account has as many policies as its quota allows', error);
    if (awsErrorCode(error) !== 'EntityAlreadyExists') throw error;
    await repair(iam, PolicyArn, PolicyDocument);
  }
  try {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  } catch (error) {
    if (awsErrorCode(error) !== 'LimitExceeded') throw error;
    await deleteManagedDeny(iam, RoleName, PolicyArn);
    throw unavailable(`the role ${RoleName} has as many managed policies as its quota allows`, error);
  }
}

/** Takes the policy from the role, and removes it with its versions. */
export async function deleteManagedDeny(iam: IAMClient, RoleName: string, PolicyArn: string): Promise<void> {
  await unlessGone(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  await deleteOldVersions(iam, PolicyArn);
  await unlessGone(iam.send(new DeletePolicyCommand({ PolicyArn })));
}

/** A policy keeps five versions: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html */
async function repair(iam: IAMClient, PolicyArn: string, PolicyDocument: string): Promise<void> {
  await deleteOldVersions(iam, PolicyArn);
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
}

async function deleteOldVersions(iam: IAMClient, PolicyArn: string): Promise<void> {
  const old: (string | undefined)[] = [];
  const list = async () => {
    for await (const { Versions = [] } of paginateListPolicyVersions({ client: iam }, { PolicyArn }))
      old.push(...Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).map(({ VersionId }) => VersionId));
  };
  await unlessGone(list());
  await Promise.all(old.map((VersionId) => unlessGone(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })))));
}
