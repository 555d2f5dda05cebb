import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import { documentOf, policyWith } from '../iam/policy-lookup.ts';
import { iamOf, type Role } from '../iam/state.ts';
import { type AwsError, awsError, type Call, type Operation } from '../operation.ts';
import { checkPolicy } from '../policy/document.ts';
import { issueSession } from './sessions.ts';

/** "The plaintext that you use for both inline and managed session policies can't exceed 2,048 characters." */
const longestPolicy = 2_048;
const longestChained = 3_600;

function invalid(message: string): AwsError {
  return awsError('ValidationError', message, 400);
}

/** The role with exactly this ARN, path included. */
export function roleWithArn(world: Call['world'], arn: string): { readonly account: string; readonly role: Role } | undefined {
  const [, partition, service, , account = '', ...rest] = arn.split(':');
  if (service !== 'iam' || !world.data.accounts.has(account) || world.partitionOf(account) !== partition) return undefined;
  const resource = rest.join(':');
  const role = iamOf(world, account).roles.get(resource.slice(resource.lastIndexOf('/') + 1).toLowerCase());
  return role !== undefined && `role${role.path}${role.name}` === resource ? { account, role } : undefined;
}

function sessionPolicies(call: Call, input: AssumeRoleRequest, account: string): string[] {
  const arns = (input.PolicyArns ?? []).map(({ arn = '' }) => arn);
  if (arns.length > 10) throw invalid('The session policies may name at most 10 managed policies.');
  const managed = arns.map((arn) => {
    const policy = policyWith({ world: call.world, account, partition: call.partition }, arn);
    if (policy === undefined) throw invalid(`Invalid policy ARN: ${arn}`);
    return documentOf(policy);
  });
  if (input.Policy === undefined) return managed;
  if (input.Policy.length > longestPolicy)
    throw invalid(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${longestPolicy}`,
    );
  const fault = checkPolicy(input.Policy, 'identity');
  if (fault !== undefined) throw awsError('MalformedPolicyDocument', fault, 400);
  return [...managed, input.Policy];
}

function duration(call: Call, input: AssumeRoleRequest, role: Role): number {
  const seconds = input.DurationSeconds ?? 3_600;
  if (seconds < 900) throw invalid('The requested DurationSeconds is less than 900.');
  if (seconds > role.maxSession) throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  // Role chaining: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
  if (call.caller.arn.includes(':assumed-role/') && seconds > longestChained)
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.');
  return seconds;
}

export const assumeRole: Operation<AssumeRoleRequest, AssumeRoleResponse> = {
  page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
  // Credentials are issued; nothing that is configured changes.
  mutates: false,
  demands: ({ world }, input) => [
    {
      action: 'sts:AssumeRole',
      resource: input.RoleArn ?? '',
      context: {
        ...(input.ExternalId !== undefined && { 'sts:ExternalId': input.ExternalId }),
        ...(input.RoleSessionName !== undefined && { 'sts:RoleSessionName': input.RoleSessionName }),
        ...Object.fromEntries(
          [...(roleWithArn(world, input.RoleArn ?? '')?.role.tags ?? [])].map(([key, value]) => [
            `aws:ResourceTag/${key}`,
            value,
          ]),
        ),
      },
    },
  ],
  run(call, input) {
    const found = roleWithArn(call.world, input.RoleArn ?? '');
    if (found === undefined) throw invalid(`${input.RoleArn} is invalid`);
    const { account, role } = found;
    const sessionName = input.RoleSessionName ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw invalid('The specified value for roleSessionName is invalid.');
    const session = issueSession(call.world, {
      account,
      principal: { kind: 'role', name: role.name, id: role.id, sessionName },
      policies: sessionPolicies(call, input, account),
      // A chained session carries nothing of the session that asked for it.
      context: {},
      issued: call.now,
      expires: call.now + duration(call, input, role) * 1_000,
    });
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: new Date(session.expires),
      },
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${sessionName}`,
        Arn: `arn:${call.partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`,
      },
    };
  },
};
