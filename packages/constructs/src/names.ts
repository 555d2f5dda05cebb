import { Aws } from 'aws-cdk-lib';

/**
 * The names of the roles. No hyphen follows the first word: the plugins may change managed policies whose names begin with
 * `EntityLockdown-`, and what belongs to Entity Lockdown itself must not be among them.
 */
export const responderRole = 'EntityLockdownResponder';
export const containmentRole = 'EntityLockdownContainment';
export const releaseRole = 'EntityLockdownRelease';

/** `path` as IAM writes it in the ARN of a role: `security/`, or empty. It is the same in all accounts. */
export function roleArn(account: string, path: string, name: string): string {
  return `arn:${Aws.PARTITION}:iam::${account}:role/${path}${name}`;
}
