import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { createSandbox } from './index.ts';

const account = '111122223333';

test('a real client and a direct one get the same answer', async () => {
  const sandbox = createSandbox({ accounts: [{ id: account }] });
  const config = { region: 'eu-west-1', credentials: sandbox.credentials(`admin:${account}`) };
  const real = await sandbox.createClient(STSClient, config).send(new GetCallerIdentityCommand({}));
  const direct = await sandbox.directClient(STSClient, config).send(new GetCallerIdentityCommand({}));
  expect(real).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account });
  expect(direct).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account });
  expect(sandbox.calls.map(({ operation }) => operation)).toEqual(['GetCallerIdentity', 'GetCallerIdentity']);
});
