import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { createSandbox, type WorldData } from '@entity-lockdown/sandbox';

export const account = '111122223333';
export const stranger = '444455556666';
export const bucket = 'data-1';
export const region = 'eu-west-1';
export const sessionName = 'nightly';
/** When the tag and the world were made. Sessions are issued later. */
export const began: number = Date.parse('2026-01-01T00:00:00Z');

/** A principal of the world, with what is fixed about it. */
export interface Principal {
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly account: string;
  readonly arn: string;
  /** `AIDA...` or `AROA...` */
  readonly id: string;
  /** The value of its tag `team`. */
  readonly team: string;
}

export interface PolicyWorld {
  readonly data: WorldData;
  readonly principals: readonly Principal[];
}

/** Two accounts: a user and a role (both with paths) in the one, which owns the bucket, and a user in the other. Without policies. */
export function policyWorld(): PolicyWorld {
  const sandbox = createSandbox({ accounts: [{ id: account }, { id: stranger }], seed: 1, now: () => began });
  const principals: Principal[] = [];
  const user = (owner: string, name: string, team: string): void => {
    const admin = sandbox.as(`admin:${owner}`);
    const { User } = admin.run(new CreateUserCommand({ UserName: name, Path: '/people/', Tags: [{ Key: 'team', Value: team }] }));
    admin.run(new CreateAccessKeyCommand({ UserName: name }));
    principals.push({ kind: 'user', name, account: owner, arn: User?.Arn ?? '', id: User?.UserId ?? '', team });
  };
  const admin = sandbox.as(`admin:${account}`);
  user(account, 'alice', 'red');
  user(stranger, 'eve', 'blue');
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  const { Role } = admin.run(
    new CreateRoleCommand({
      RoleName: 'app',
      Path: '/service/',
      Tags: [{ Key: 'team', Value: 'blue' }],
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: trust }),
    }),
  );
  principals.push({ kind: 'role', name: 'app', account, arn: Role?.Arn ?? '', id: Role?.RoleId ?? '', team: 'blue' });
  admin.run(new CreateBucketCommand({ Bucket: bucket }), region);
  return { data: sandbox.world.data, principals };
}
