import {
  AssociateIamInstanceProfileCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DisassociateIamInstanceProfileCommand,
  EnableSerialConsoleAccessCommand,
  GetSerialConsoleAccessStatusCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { account, ec2Fixture, makeProfile, required } from './testing/fixture.ts';

test('an instance has one profile at most, printed with its path', async () => {
  const { ec2, launch, admin } = ec2Fixture();
  makeProfile(admin, 'app');
  makeProfile(admin, 'other');
  const InstanceId = required(launch({ IamInstanceProfile: { Name: 'app' } }).InstanceId);
  const seen = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  const Arn = `arn:aws:iam::${account}:instance-profile/profiles/app`;
  expect(seen.Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile).toMatchObject({ Arn });
  await expect(
    ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name: 'other' } })),
  ).rejects.toMatchObject({ name: 'IncorrectState' });
  const listed = await ec2.send(
    new DescribeIamInstanceProfileAssociationsCommand({ Filters: [{ Name: 'instance-id', Values: [InstanceId] }] }),
  );
  expect(listed.IamInstanceProfileAssociations).toMatchObject([{ IamInstanceProfile: { Arn }, State: 'associated' }]);
  const { AssociationId } = required(listed.IamInstanceProfileAssociations?.[0]);
  await ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
  await expect(ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }))).rejects.toMatchObject({
    name: 'NoSuchAssociation',
  });
  await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name: 'other' } }));
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  expect((await ec2.send(new DescribeIamInstanceProfileAssociationsCommand({}))).IamInstanceProfileAssociations).toEqual([]);
});

test('a profile that is unknown is refused, and nothing is launched', () => {
  const { launch, sandbox } = ec2Fixture();
  const before = sandbox.dump();
  expect(() => launch({ IamInstanceProfile: { Name: 'nobody' } })).toThrow(/Invalid IAM Instance Profile/);
  expect(sandbox.dump()).toEqual(before);
});

test('tags are set, described and deleted', async () => {
  const { ec2, launch, group } = ec2Fixture();
  const Resources = [required(launch().InstanceId), group];
  await ec2.send(
    new CreateTagsCommand({
      Resources,
      Tags: [
        { Key: 'constructor', Value: '1' },
        { Key: 'owner', Value: 'a' },
      ],
    }),
  );
  const ofGroup = { Filters: [{ Name: 'resource-id', Values: [group] }] };
  expect((await ec2.send(new DescribeTagsCommand(ofGroup))).Tags).toHaveLength(2);
  await ec2.send(new DeleteTagsCommand({ Resources: [group], Tags: [{ Key: 'owner', Value: 'b' }] }));
  expect((await ec2.send(new DescribeTagsCommand(ofGroup))).Tags).toHaveLength(2);
  await ec2.send(new DeleteTagsCommand({ Resources: [group], Tags: [{ Key: 'owner' }] }));
  expect((await ec2.send(new DescribeTagsCommand(ofGroup))).Tags).toMatchObject([{ Key: 'constructor', Value: '1' }]);
  const refusals: [string, string][] = [
    ['aws:x', 'InvalidParameterValue'],
    ['x'.repeat(128), 'InvalidParameterValue'],
  ];
  for (const [Key, name] of refusals)
    await expect(ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value: '' }] }))).rejects.toMatchObject({ name });
  const many = Array.from({ length: 50 }, (_each, at) => ({ Key: `k${at}`, Value: '' }));
  await expect(ec2.send(new CreateTagsCommand({ Resources: [group], Tags: many }))).rejects.toMatchObject({
    name: 'TagLimitExceeded',
  });
  expect((await ec2.send(new DescribeTagsCommand(ofGroup))).Tags).toHaveLength(1);
  await expect(ec2.send(new CreateTagsCommand({ Resources: ['x-1'], Tags: many }))).rejects.toMatchObject({ name: 'InvalidID' });
});

test('the serial console is off until somebody enables it', async () => {
  const { ec2 } = ec2Fixture();
  const read = async () => (await ec2.send(new GetSerialConsoleAccessStatusCommand({}))).SerialConsoleAccessEnabled;
  expect(await read()).toBe(false);
  await ec2.send(new EnableSerialConsoleAccessCommand({}));
  expect(await read()).toBe(true);
});
