/**
 * Quotas of an account. They differ between accounts, and some can be raised: a test sets those of the account that it means.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export interface IamLimits {
  attachedPerUser: number;
  attachedPerRole: number;
  attachedPerGroup: number;
  /** Characters of all inline policies together, white space apart. */
  inlinePerUser: number;
  inlinePerRole: number;
  inlinePerGroup: number;
  managedPolicySize: number;
  trustPolicySize: number;
  policyVersions: number;
  accessKeysPerUser: number;
  sshKeysPerUser: number;
  certificatesPerUser: number;
  serviceCredentialsPerService: number;
  groupsPerUser: number;
  tags: number;
  users: number;
  roles: number;
  customerPolicies: number;
  /** How many items a list answers where the caller does not say. AWS's is 100; a small one makes tests turn pages. */
  pageSize: number;
}

export const defaultLimits: Readonly<IamLimits> = {
  attachedPerUser: 10,
  attachedPerRole: 20,
  attachedPerGroup: 10,
  inlinePerUser: 2_048,
  inlinePerRole: 10_240,
  inlinePerGroup: 5_120,
  managedPolicySize: 6_144,
  trustPolicySize: 2_048,
  policyVersions: 5,
  accessKeysPerUser: 2,
  sshKeysPerUser: 5,
  certificatesPerUser: 2,
  serviceCredentialsPerService: 2,
  groupsPerUser: 10,
  tags: 50,
  users: 5_000,
  roles: 1_000,
  customerPolicies: 1_500,
  pageSize: 100,
};
