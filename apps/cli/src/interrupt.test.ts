import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { configureEc2, ec2AtOnce } from '@entity-lockdown/sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, alice, type Cli, cli, region } from './testing/cli.ts';

let it: Cli;
let instance: string;
beforeEach(() => {
  it = cli();
  configureEc2({ world: it.sandbox.world, account, region }, ec2AtOnce);
  const admin = it.sandbox.as(`admin:${account}`);
  const VpcId = admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }), region).Vpc?.VpcId;
  const SubnetId = admin.run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }), region).Subnet?.SubnetId;
  const GroupId = admin.run(new CreateSecurityGroupCommand({ VpcId, GroupName: 'web', Description: 'web' }), region).GroupId;
  const input = { ImageId: 'ami-1', MinCount: 1, MaxCount: 1, SubnetId, SecurityGroupIds: [GroupId ?? ''] };
  const made = admin.run(new RunInstancesCommand(input), region).Instances?.[0]?.InstanceId;
  instance = `arn:aws:ec2:${region}:${account}:instance/${made}`;
});
afterEach(() => it.remove());

/** The rules of the groups that the instance is in: none when it is isolated. */
function rules(): number {
  const admin = it.sandbox.as(`admin:${account}`);
  const found = admin.run(new DescribeInstancesCommand({}), region).Reservations?.[0]?.Instances?.[0];
  const GroupIds = (found?.NetworkInterfaces?.[0]?.Groups ?? []).map(({ GroupId }) => GroupId ?? '');
  const { SecurityGroups = [] } = admin.run(new DescribeSecurityGroupsCommand({ GroupIds }), region);
  return SecurityGroups.flatMap((group) => [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])]).length;
}

test('the dwell is told, and served', async () => {
  const began = it.time.now();
  const ran = await it.run(['contain', instance, '--yes', '--dwell', '90']);
  expect(ran.code).toBe(0);
  expect(ran.err).toMatch(/Waiting \d+ s: connections that are tracked/);
  expect(it.time.now() - began).toBeGreaterThanOrEqual(90_000);
  expect(rules()).toBe(0);
});

test('seconds are counted from when the work began, not from the question, and are the same in the lines and the result', async () => {
  const ran = await it.run(['contain', alice], { answer: true, onQuestion: () => it.time.sleep(60_000) });
  const last = /([\d.]+)s {2}.*Contained: /.exec(ran.err)?.[1];
  const result = /CONTAINED .* ([\d.]+) s\n/.exec(ran.out)?.[1];
  expect(result).toBe(last);
  expect(Number(result)).toBeLessThan(60);
});

test('an interrupt during the dwell closes the interface at once, and says what stands', async () => {
  const began = it.time.now();
  let opened = 0;
  const ran = await it.run(['contain', instance, '--yes'], {
    onSleep: (interrupt) => {
      opened = Math.max(opened, rules());
      interrupt();
    },
  });
  expect(opened).toBeGreaterThan(0);
  expect(rules()).toBe(0);
  expect(it.time.now() - began).toBeLessThan(30_000);
  expect(ran.err).toContain('brought to a safe end');
  expect(ran.out).toContain('CONTAINED');
  expect(ran.out.replaceAll(/\s+/g, ' ')).toContain('The wait was cut short by the interrupt');
  expect(ran.code).toBe(130);
});

test('what was not begun is said, and the same command goes on', async () => {
  const ran = await it.run(['contain', alice], { answer: true, onQuestion: (_, interrupt) => interrupt() });
  expect(ran.code).toBe(130);
  expect(ran.out).toContain('NOT BEGUN');
  expect(it.mutations()).toEqual([]);
  expect((await it.run(['contain', alice, '--yes'])).code).toBe(0);
});

test('nobody is asked after an interrupt, and nothing is done', async () => {
  const contained = await it.run(['contain', alice], { answer: true, interrupted: true });
  expect([contained.code, it.questions]).toEqual([130, []]);
  expect(it.mutations()).toEqual([]);
  await it.run(['contain', alice, '--yes']);
  const before = it.sandbox.dump();
  const released = await it.run(['release', alice], { answer: true, interrupted: true });
  expect([released.code, it.questions]).toEqual([130, []]);
  expect(it.sandbox.dump()).toEqual(before);
});

test('a second interrupt ends at once, and says what to run', async () => {
  const ran = await it.run(['contain', instance, '--yes'], {
    onSleep: (interrupt) => {
      interrupt();
      interrupt();
    },
  });
  expect(ran.code).toBe(130);
  expect(ran.out.replaceAll(/\s+/g, ' ')).toContain('the ledger knows of it');
});
