import { AttachRolePolicyCommand, IAMClient, ListUsersCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { account as ec2Account, ec2Fixture, makeProfile } from './ec2/testing/fixture.ts';
import type { Sandbox } from './index.ts';
import { account as lambdaAccount, lambdaFixture } from './lambda/testing/fixture.ts';

const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';

function denyOf(key: string, value: string): string {
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { ArnEquals: { [key]: value } } }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

async function who(sandbox: Sandbox, principal: string): Promise<string | undefined> {
  const client = sandbox.directClient(STSClient, { region: 'eu-west-1', credentials: sandbox.credentials(principal) });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn;
}

async function lists(sandbox: Sandbox, principal: string): Promise<string> {
  const client = sandbox.directClient(IAMClient, { region: 'eu-west-1', credentials: sandbox.credentials(principal) });
  return client.send(new ListUsersCommand({})).then(
    () => 'ok',
    ({ name }) => name,
  );
}

test('an instance has the session of its role, and a deny on this instance leaves its sibling alone', async () => {
  const { sandbox, admin, launch } = ec2Fixture();
  makeProfile(admin, 'web');
  admin.run(new AttachRolePolicyCommand({ RoleName: 'web', PolicyArn: administrator }));
  const arnOf = (instance: { InstanceId?: string | undefined }) =>
    `arn:aws:ec2:eu-west-1:${ec2Account}:instance/${instance.InstanceId}`;
  const [one, two] = [launch({ IamInstanceProfile: { Name: 'web' } }), launch({ IamInstanceProfile: { Name: 'web' } })].map(
    arnOf,
  );
  if (one === undefined || two === undefined) throw new Error('no instances');
  expect(await who(sandbox, one)).toBe(`arn:aws:sts::${ec2Account}:assumed-role/web/${one.split('/')[1]}`);
  const PolicyDocument = denyOf('ec2:SourceInstanceARN', one);
  admin.run(new PutRolePolicyCommand({ RoleName: 'web', PolicyName: 'one', PolicyDocument }));
  expect([await lists(sandbox, one), await lists(sandbox, two)]).toEqual(['AccessDenied', 'ok']);
  expect(() => sandbox.credentials(arnOf(launch()))).toThrow('no principal');
});

test('a function has the session of its role, and a deny on this function leaves its sibling alone', async () => {
  const { sandbox, admin, create } = lambdaFixture();
  admin.run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: administrator }));
  create('one');
  create('two');
  const [one, two] = ['one', 'two'].map((name) => `arn:aws:lambda:eu-west-1:${lambdaAccount}:function:${name}`);
  if (one === undefined || two === undefined) throw new Error('no functions');
  expect(await who(sandbox, one)).toBe(`arn:aws:sts::${lambdaAccount}:assumed-role/app/one`);
  const PolicyDocument = denyOf('lambda:SourceFunctionArn', one);
  admin.run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'one', PolicyDocument }));
  expect([await lists(sandbox, one), await lists(sandbox, two)]).toEqual(['AccessDenied', 'ok']);
});
