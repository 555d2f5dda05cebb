import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, type CreateFunctionRequest, LambdaClient } from '@aws-sdk/client-lambda';
import type { Actor, Sandbox } from '../../index.ts';
import { createSandbox } from '../../index.ts';
import { configureLambda } from '../builders.ts';
import { lambdaAtOnce } from '../options.ts';
import type { Place } from '../state.ts';

// What the tests of Lambda begin with: an account with two execution roles.

export const account = '111122223333';
export const otherAccount = '444455556666';
export const region = 'eu-west-1';
export const queue = `arn:aws:sqs:${region}:${account}:orders`;

export interface Fixture {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly lambda: LambdaClient;
  readonly admin: Actor;
  readonly clock: { now: number };
  readonly role: string;
  readonly otherRole: string;
  /** Creates a function that is active at once. */
  create(name: string, more?: Partial<CreateFunctionRequest>): void;
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is undefined');
  return value;
}

export function lambdaFixture(): Fixture {
  const clock = { now: Date.UTC(2026, 10, 24) };
  const sandbox = createSandbox({ accounts: [{ id: account }, { id: otherAccount }], now: () => clock.now });
  const place = { world: sandbox.world, account, region };
  configureLambda(place, lambdaAtOnce);
  const admin = sandbox.as(`admin:${account}`);
  const [role, otherRole] = ['app', 'other'].map((RoleName) => {
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    const made = admin.run(
      new CreateRoleCommand({ RoleName, Path: '/service-role/', AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    return required(made.Role?.Arn);
  });
  const retryStrategy = {
    acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
    refreshRetryTokenForRetry: async () => {
      throw new Error('no more retries');
    },
    recordSuccess: () => {},
  };
  const credentials = sandbox.credentials(`admin:${account}`);
  return {
    sandbox,
    place,
    lambda: sandbox.createClient(LambdaClient, { region, credentials, retryStrategy }),
    admin,
    clock,
    role: required(role),
    otherRole: required(otherRole),
    create(name, more = {}) {
      const Code = { ZipFile: new Uint8Array([1]) };
      admin.run(new CreateFunctionCommand({ FunctionName: name, Role: required(role), Code, ...more }), region);
    },
  };
}
