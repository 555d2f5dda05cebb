import type { Registry } from '@entity-lockdown/core';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';
import { createTestHost, registryOf, type TestHost, type TestHostOptions } from '@entity-lockdown/plugin-testkit';

export const allPlugins: Registry = registryOf(iamUser, iamRole, lambda, ec2);

/** One process of Entity Lockdown in the sandbox, with all four plugins. */
export function runner(options: Omit<TestHostOptions, 'registry'>): TestHost {
  return createTestHost({ registry: allPlugins, ...options });
}
