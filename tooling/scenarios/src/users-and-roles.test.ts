import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { testClock } from '@entity-lockdown/plugin-testkit';
import { createSandbox } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { runner } from './harness.ts';

const account = '111122223333';

function organization() {
  const clock = testClock();
  const sandbox = createSandbox({ now: () => clock.now(), accounts: [{ id: account }] });
  const admin = sandbox.as(`admin:${account}`);
  admin.run(new CreateUserCommand({ UserName: 'alice', Path: '/team/' }));
  admin.run(new CreateUserCommand({ UserName: 'team' }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'alice' }));
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  });
  admin.run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust }));
  return { clock, sandbox, admin };
}

test('a user is contained, and comes back exactly as it was', async () => {
  const { clock, sandbox } = organization();
  const before = sandbox.dump();
  const run = runner({ sandbox, clock, as: `admin:${account}` });
  const contained = await run.contain(`arn:aws:iam::${account}:user/team/alice`);
  expect(contained.record.failures).toEqual([]);
  expect(contained.record.state).toBe('contained');
  const released = await run.release(`arn:aws:iam::${account}:user/team/alice`);
  expect(released.record.state).toBe('released');
  expect(sandbox.dump()).toEqual(before);
});
