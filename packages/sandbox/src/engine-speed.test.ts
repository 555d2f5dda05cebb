import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { createSandbox } from './index.ts';

const accounts = Array.from({ length: 10 }, (_, at) => ({ id: String(111_122_220_000 + at) }));

// In time of the processor, as the machine has other work, and generous: the limits catch a cost that grows with the world.
test('a thousand users in ten accounts: a call costs well under a millisecond, directly a fraction of that', async () => {
  const sandbox = createSandbox({ accounts, now: () => 0 });
  for (const { id } of accounts) {
    const admin = sandbox.as(`admin:${id}`);
    for (let at = 0; at < 100; at += 1) {
      const UserName = `user-${at}`;
      admin.run(new CreateUserCommand({ UserName }));
      admin.run(new CreateAccessKeyCommand({ UserName }));
      admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }));
    }
  }
  const account = accounts[9]?.id ?? '';
  const config = { region: 'us-east-1', credentials: sandbox.credentials(`arn:aws:iam::${account}:user/user-99`) };
  const cost = async (client: IAMClient, calls: number): Promise<number> => {
    for (let at = 0; at < 50; at += 1) await client.send(new ListUsersCommand({ MaxItems: 1 }));
    const started = process.cpuUsage();
    for (let at = 0; at < calls; at += 1) await client.send(new GetUserCommand({ UserName: `user-${at % 100}` }));
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000 / calls;
  };
  expect(await cost(sandbox.directClient(IAMClient, config), 2_000)).toBeLessThan(0.3);
  expect(await cost(sandbox.createClient(IAMClient, config), 300)).toBeLessThan(3);
});
