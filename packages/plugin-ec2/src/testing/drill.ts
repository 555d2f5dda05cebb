import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import {
  type ContainRequest,
  createAwsAccess,
  createDispatcher,
  createLedger,
  drive,
  lockdownRetryStrategy,
  memoryStore,
  type Progress,
  type ReleaseRequest,
} from '@entity-lockdown/core';
import type { Plugin } from '@entity-lockdown/plugin-api';
import { account, type Organization, region } from './organization.ts';

/** The core over the sandbox, with a role whose sessions are narrowed to the plugin's grants. Time passes as it sleeps. */
export interface Drill {
  contain(arn: string, more?: Partial<ContainRequest>): Promise<Progress>;
  /** As far as the core runs by itself, without sleeping. */
  begin(arn: string, more?: Partial<ContainRequest>): Promise<Progress>;
  goOn(progress: Progress): Promise<Progress>;
  release(target: string, more?: Partial<ReleaseRequest>): Promise<Progress>;
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
});

const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** A drill that comes to no end is a failed one. */
const mostWaits = 200;

export function drill(of: Organization, plugin: Plugin): Drill {
  const RoleName = 'EntityLockdown';
  of.run(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  of.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: administrator }));
  const UserName = 'responder';
  of.run(new CreateUserCommand({ UserName }));
  of.run(new AttachUserPolicyCommand({ UserName, PolicyArn: administrator }));
  of.run(new CreateAccessKeyCommand({ UserName }));
  const clock = { now: of.now };
  const own = of.sandbox.credentials(`arn:aws:iam::${account}:user/${UserName}`);
  let drawn = 0;
  const random = (length: number) => {
    drawn += 1;
    return drawn.toString(36).padStart(length, 'x').slice(-length);
  };
  const dispatcher = createDispatcher({
    registry: {
      plugins: [{ manifest: plugin.manifest, package: { name: plugin.manifest.id, version: '0.0.0' }, load: async () => plugin }],
    },
    ledger: createLedger(memoryStore({ now: of.now }), random),
    access: createAwsAccess({
      createClient: (Client, config) =>
        of.sandbox.createClient(
          Client as never,
          {
            credentials: own,
            retryStrategy: lockdownRetryStrategy(0),
            ...config,
          } as never,
        ),
      clock,
      region,
      roleName: RoleName,
      sessionName: 'drill',
    }),
    guardrails: { protected: [] },
    clock,
    owners: { me: 'drill', isDead: () => false },
  });
  const goOn = (progress: Progress) => {
    let waits = 0;
    return drive(dispatcher, progress, {
      clock,
      sleep: async (ms) => of.pass(ms / 1_000),
      signal: new AbortController().signal,
      onWait: ({ record, next }) => {
        waits += 1;
        if (waits > mostWaits) throw new Error(`${record.state} still, and waits: ${next?.why}`);
      },
    });
  };
  const begin = (arn: string, more: Partial<ContainRequest> = {}) => dispatcher.contain({ arn, by: 'test', ...more });
  return {
    begin,
    goOn,
    contain: async (arn, more) => goOn(await begin(arn, more)),
    release: async (target, more = {}) => goOn(await dispatcher.release({ target, by: 'test', ...more })),
  };
}
