import {
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateAccessKeyCommand, CreateUserCommand, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { ec2Operations } from './operations.ts';
import { instanceSession } from './session.ts';
import { account, ec2Fixture, makeProfile, region, required } from './testing/fixture.ts';

const arn = (resource: string): string => `arn:aws:ec2:${region}:${account}:${resource}`;

function userWith(fixture: ReturnType<typeof ec2Fixture>, ...statements: object[]): EC2Client {
  const { admin, sandbox } = fixture;
  admin.run(new CreateUserCommand({ UserName: 'ops' }));
  admin.run(new CreateAccessKeyCommand({ UserName: 'ops' }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  admin.run(new PutUserPolicyCommand({ UserName: 'ops', PolicyName: 'p', PolicyDocument }));
  return sandbox.createClient(EC2Client, { region, credentials: sandbox.credentials(`arn:aws:iam::${account}:user/ops`) });
}

test('tags on creation need ec2:CreateTags as well', async () => {
  const fixture = ec2Fixture();
  const client = userWith(fixture, { Effect: 'Allow', Action: 'ec2:CreateSecurityGroup', Resource: '*' });
  const input = { GroupName: 'x', Description: 'x', VpcId: fixture.vpc };
  const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'a', Value: 'b' }] }];
  await expect(client.send(new CreateSecurityGroupCommand({ ...input, TagSpecifications }))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  });
  await client.send(new CreateSecurityGroupCommand(input));
});

test('setting groups needs the interface and each group', async () => {
  const fixture = ec2Fixture();
  const NetworkInterfaceId = required(fixture.launch().NetworkInterfaces?.[0]?.NetworkInterfaceId);
  const client = userWith(fixture, {
    Effect: 'Allow',
    Action: 'ec2:ModifyNetworkInterfaceAttribute',
    Resource: arn('network-interface/*'),
  });
  const command = new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [fixture.group] });
  await expect(client.send(command)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  expect(fixture.sandbox.calls.at(-1)?.resources).toEqual([
    arn(`network-interface/${NetworkInterfaceId}`),
    arn(`security-group/${fixture.group}`),
  ]);
});

test('a permission can depend on the tags of an instance', async () => {
  const fixture = ec2Fixture();
  const [mine, other] = [fixture.launch(), fixture.launch()].map(({ InstanceId }) => required(InstanceId));
  await fixture.ec2.send(new CreateTagsCommand({ Resources: [required(mine)], Tags: [{ Key: 'team', Value: 'a' }] }));
  const client = userWith(fixture, {
    Effect: 'Allow',
    Action: 'ec2:StopInstances',
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/team': 'a' } },
  });
  await expect(client.send(new StopInstancesCommand({ InstanceIds: [required(other)] }))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  });
  await client.send(new StopInstancesCommand({ InstanceIds: [required(mine)] }));
});

test('a deny for one instance stops its session and not that of its sibling on the same role', async () => {
  const fixture = ec2Fixture();
  const { admin, sandbox, place, launch } = fixture;
  makeProfile(admin, 'app');
  const policy = (Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
  admin.run(
    new PutRolePolicyCommand({
      RoleName: 'app',
      PolicyName: 'work',
      PolicyDocument: policy([{ Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' }]),
    }),
  );
  const clients = [launch({ IamInstanceProfile: { Name: 'app' } }), launch({ IamInstanceProfile: { Name: 'app' } })].map(
    ({ InstanceId }) => {
      const { roleArn, sessionName, context } = required(instanceSession(place, required(InstanceId)));
      const credentials = sandbox.credentials(roleArn, { sessionName, context });
      return {
        client: sandbox.createClient(EC2Client, { region, credentials }),
        source: required(context['ec2:SourceInstanceARN']),
      };
    },
  );
  const [victim, sibling] = [required(clients[0]), required(clients[1])];
  await victim.client.send(new DescribeInstancesCommand({}));
  admin.run(
    new PutRolePolicyCommand({
      RoleName: 'app',
      PolicyName: 'deny',
      PolicyDocument: policy([
        { Effect: 'Deny', Action: '*', Resource: '*', Condition: { ArnEquals: { 'ec2:SourceInstanceARN': victim.source } } },
      ]),
    }),
  );
  await expect(victim.client.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  await sibling.client.send(new DescribeInstancesCommand({}));
});

test('an instance without a profile has no session', () => {
  const { launch, place } = ec2Fixture();
  expect(instanceSession(place, required(launch().InstanceId))).toBeUndefined();
});

test('every operation names its page and what it demands, also of an empty request', () => {
  const { sandbox } = ec2Fixture();
  const caller = { arn: `arn:aws:iam::${account}:root`, account, userId: account };
  const call = { world: sandbox.world, service: 'ec2', partition: 'aws', account, region, caller, now: 0, id: () => '' };
  for (const [operation, { page, demands }] of Object.entries(ec2Operations)) {
    expect(page).toBe(`https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_${operation}.html`);
    for (const demand of demands({ ...call, operation }, {})) expect(demand.action).toBe(`ec2:${operation}`);
  }
});
