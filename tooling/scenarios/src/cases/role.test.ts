import { CreatePolicyCommand, PutRolePermissionsBoundaryCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { iamOf } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { describeFaults } from './faults.ts';
import { account, allowed, answerTo, answerWith, type Organization, organization, role } from './organization.ts';

const session = (of: Organization, name: string) =>
  of.sandbox.credentials(`arn:${of.partition}:sts::${account}:assumed-role/${name}/mallory`);

test.each(['aws', 'aws-cn', 'aws-us-gov'])('a role in %s: old and new sessions denied, then as it was', async (partition) => {
  const of = organization({ partition, iam: { pageSize: 1 } });
  const there = role(of, 'app', '/team/ops/');
  for (const PolicyName of ['a', 'b', 'zz'])
    of.run(
      new PutRolePolicyCommand({
        RoleName: 'app',
        PolicyName,
        PolicyDocument: allowed('*'),
      }),
    );
  const before = of.sandbox.dump();
  const old = session(of, 'app');
  const { contain, release } = of.process();
  expect((await contain(there)).record).toMatchObject({ state: 'contained', failures: [] });
  expect([await answerWith(of, old), await answerWith(of, session(of, 'app'))]).toEqual(['denied', 'denied']);
  await release(there);
  expect(of.sandbox.dump()).toEqual(before);
  expect(await answerWith(of, old)).toBe('allowed');
});

test('roles named like each segment of the path are not touched', async () => {
  const of = organization();
  const there = role(of, 'app', '/team/ops/');
  const names = ['team', 'ops', 'role'];
  const decoys = names.map((name) => role(of, name));
  const others = () => JSON.stringify(names.map((name) => iamOf(of.sandbox.world, account).roles.get(name)));
  const before = others();
  await of.process().contain(there);
  expect(others()).toBe(before);
  for (const decoy of decoys) expect(await answerTo(of, decoy)).toBe('allowed');
});

await describeFaults({
  title: 'a role',
  build() {
    const of = organization();
    return { of, arn: role(of, 'app', '/team/ops/') };
  },
  optional: ['TagRole'],
});

await describeFaults({
  title: 'a role with room for its boundary alone',
  build() {
    const of = organization({ iam: { attachedPerRole: 0, inlinePerRole: 120 } });
    const arn = role(of, 'app', '/team/ops/');
    const { Policy } = of.run(new CreatePolicyCommand({ PolicyName: 'limits', PolicyDocument: allowed('*') }));
    of.run(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary: Policy?.Arn }));
    return { of, arn };
  },
  optional: ['TagRole'],
});
