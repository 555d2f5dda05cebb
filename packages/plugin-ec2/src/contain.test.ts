import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DetachNetworkInterfaceCommand,
  EC2Client,
  ModifyNetworkInterfaceAttributeCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import type { Context, Entity, Known } from '@entity-lockdown/plugin-api';
import { awsError, faults, makeManagedInstance, makeRequesterManaged } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { groupName, kindTag, ledgerTag } from './own-group.ts';
import { plan } from './plan.ts';
import { settings } from './settings.ts';
import { groupSymbol, interfaceArn } from './symbol.ts';
import { byDefault, contain, look, outstanding, write } from './testing/apply.ts';
import {
  account,
  attachAnother,
  groupsOf,
  instance,
  made,
  mark,
  type Organization,
  organization,
  profile,
} from './testing/organization.ts';
import { warnings } from './warnings.ts';

const nothing: Known = { targets: [] };

/** Our group of a kind in the VPC, as EC2 describes it. */
function own(of: Organization, kind: 'untrack' | 'isolation') {
  const Filters = [
    { Name: 'vpc-id', Values: [of.vpc] },
    { Name: `tag:${ledgerTag}`, Values: [mark] },
    { Name: `tag:${kindTag}`, Values: [kind] },
  ];
  return of.run(new DescribeSecurityGroupsCommand({ Filters })).SecurityGroups ?? [];
}

async function warned(of: Organization, entity: Entity, known = nothing) {
  const { state } = await look(of.context, entity, known);
  return warnings(state, entity, byDefault);
}

async function unprotect(of: Organization, entity: Entity) {
  const { state } = await look(of.context, entity, nothing);
  await settings['ec2.instance.termination-protection'].write(of.context, entity.arn, false, state);
  await settings['ec2.instance.stop-protection'].write(of.context, entity.arn, false, state);
}

/** Clients to whom no group is shown by its tags; or by its id neither. */
function withoutGroups(of: Organization, by: readonly string[]): Context['client'] {
  return (Class, at) => {
    const client = of.context.client(Class, at);
    if (client instanceof EC2Client)
      client.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          const { Filters } = args.input as DescribeSecurityGroupsCommandInput;
          if (Filters?.some(({ Name }) => by.some((start) => Name?.startsWith(start))))
            Object.assign(answer.output, { SecurityGroups: [] });
          return answer;
        },
        { step: 'initialize' },
      );
    return client;
  };
}

function allowAll(GroupId: string) {
  return { GroupId, IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] };
}

describe('the path of an instance with several interfaces', () => {
  test('is over the untrack group, open in both families, to the isolation group, which has no rules', async () => {
    const of = organization();
    const entity = instance(of);
    const first = await look(of.context, entity, nothing);
    const [make, untrack, isolate, ...more] = plan(first.state, entity, byDefault);
    expect(more).toEqual([]);
    if (make === undefined || untrack === undefined || isolate === undefined) throw new Error('three stages');

    let now = await write(of.context, make, first.state);
    const [open] = own(of, 'untrack');
    const [closed] = own(of, 'isolation');
    for (const rules of [open?.IpPermissions, open?.IpPermissionsEgress]) {
      expect(rules?.flatMap(({ IpRanges }) => IpRanges?.map(({ CidrIp }) => CidrIp))).toEqual(['0.0.0.0/0']);
      expect(rules?.flatMap(({ Ipv6Ranges }) => Ipv6Ranges?.map(({ CidrIpv6 }) => CidrIpv6))).toEqual(['::/0']);
      expect(rules?.every(({ IpProtocol }) => IpProtocol === '-1')).toBe(true);
    }
    expect([closed?.IpPermissions, closed?.IpPermissionsEgress]).toEqual([[], []]);

    now = await write(of.context, untrack, now);
    expect(groupsOf(of, entity)).toEqual([[open?.GroupId], [open?.GroupId]]);
    expect(untrack.dwell?.seconds).toBe(60);
    await write(of.context, isolate, now);
    expect(groupsOf(of, entity)).toEqual([[closed?.GroupId], [closed?.GroupId]]);
  });

  test('ends in a plan with nothing outstanding, and the groups come back in their order', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const before = groupsOf(of, entity);
    const { state: original } = await look(of.context, entity, nothing);
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);

    const { state } = await look(of.context, entity, known);
    for (const on of Object.keys(original.interfaces)) {
      const groups = settings['ec2.network-interface.groups'];
      await groups.write(of.context, on, groups.read(original, on) ?? [], state);
    }
    expect(groupsOf(of, entity)).toEqual(before);
  });

  test('waits for nothing where the groups are there', async () => {
    const of = organization();
    await contain(of.context, instance(of));
    const second = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const { state } = await look(of.context, second, nothing);
    const [groups, atOnce] = plan(state, second, byDefault);
    expect(groups?.changes.every(({ on }) => settings['ec2.security-group.present'].read(state, on) === 'ready')).toBe(true);
    expect(atOnce?.changes.map(({ setting }) => setting)).toEqual([
      'iam.role.conditional-deny',
      'ec2.instance.termination-protection',
      'ec2.instance.stop-protection',
      'ec2.instance.shutdown-behavior',
      'ec2.network-interface.groups',
      'ec2.network-interface.groups',
    ]);
  });

  test('is looked at in two steps, and the role is not looked at before it is denied', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    of.sandbox.clearCalls();
    const observed = await look(of.context, entity, nothing);
    for (const key of ['missing', 'markedBy']) expect(observed).not.toHaveProperty(key);
    const operations = of.sandbox.calls.map(({ operation }) => operation);
    expect(operations.at(-1)).toBe('GetInstanceProfile');
    expect(operations.slice(0, -1).toSorted()).toEqual([
      'DescribeInstanceAttribute',
      'DescribeInstanceAttribute',
      'DescribeInstanceAttribute',
      'DescribeInstances',
      'DescribeNetworkInterfaces',
      'DescribeSecurityGroups',
    ]);
    expect(of.sandbox.calls.some(({ mutates }) => mutates)).toBe(false);
  });

  test('is looked at in one step once the ledger knows its role', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'app') } });
    const known = await contain(of.context, entity);
    of.sandbox.clearCalls();
    const { state } = await look(of.context, entity, known);
    expect(state.profile?.roles.map(({ arn }) => arn)).toEqual([`arn:aws:iam::${account}:role/team/web/app`]);
    expect(of.sandbox.calls.map(({ operation }) => operation)).not.toContain('GetInstanceProfile');
  });

  test('asks for interfaces by their ids where the ledger knows some', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const asked = async (targets: Known['targets']) => {
      of.sandbox.clearCalls();
      await look(of.context, entity, { targets });
      return of.sandbox.calls.filter(({ operation }) => operation === 'DescribeNetworkInterfaces').length;
    };
    expect(await asked(known.targets)).toBe(2);
    expect(await asked(known.targets.filter(({ setting }) => setting !== 'ec2.network-interface.groups'))).toBe(1);
  });

  test('is seen with another role where its profile was given one meanwhile', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'app') } });
    const known = await contain(of.context, entity);
    profile(of, 'elsewhere', 'other');
    of.run(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'app' }));
    of.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'other' }));
    const { state } = await look(of.context, entity, known);
    expect(state.profile?.roles.map(({ arn }) => arn)).toEqual([`arn:aws:iam::${account}:role/team/web/other`]);
    expect((await outstanding(of.context, entity, known)).map(({ setting }) => setting)).toEqual(['iam.role.conditional-deny']);
  });
});

describe('our groups', () => {
  test('a group of our name that somebody else made is ignored, and stays as it is', async () => {
    const of = organization();
    const entity = instance(of);
    const name = groupName('isolation', mark).toUpperCase();
    for (const GroupName of [groupName('untrack', mark), name]) {
      const { GroupId } = of.run(new CreateSecurityGroupCommand({ VpcId: of.vpc, GroupName, Description: 'x' }));
      of.run(new AuthorizeSecurityGroupIngressCommand(allowAll(made(GroupId))));
    }
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    const [ours] = own(of, 'isolation');
    expect(ours?.GroupName).toBe(groupName('isolation', mark, 2));
    expect(groupsOf(of, entity)).toEqual([[ours?.GroupId], [ours?.GroupId]]);
  });

  test('tags alone make no group ours: it keeps its rules', async () => {
    const of = organization();
    const entity = instance(of);
    const [web] = of.groups;
    const tags = (kind: string) => [
      { Key: ledgerTag, Value: mark },
      { Key: kindTag, Value: kind },
    ];
    of.run(new CreateTagsCommand({ Resources: [web], Tags: tags('isolation') }));
    const before = of.run(new DescribeSecurityGroupsCommand({ GroupIds: [web] })).SecurityGroups?.[0]?.IpPermissions;
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    expect(of.run(new DescribeSecurityGroupsCommand({ GroupIds: [web] })).SecurityGroups?.[0]?.IpPermissions).toEqual(before);
    expect(groupsOf(of, entity).flat()).not.toContain(web);
  });

  test.each(['ingress', 'egress'] as const)(
    'one of ours with an %s rule is repaired before an interface is trusted to it',
    async (way) => {
      const of = organization();
      await contain(of.context, instance(of));
      const [closed] = own(of, 'isolation');
      const id = made(closed?.GroupId);
      of.run(
        way === 'ingress'
          ? new AuthorizeSecurityGroupIngressCommand(allowAll(id))
          : new AuthorizeSecurityGroupEgressCommand(allowAll(id)),
      );

      const second = instance(of);
      const { state } = await look(of.context, second, nothing);
      const symbol = groupSymbol(second.arn, of.vpc, 'isolation');
      expect(settings['ec2.security-group.present'].read(state, symbol)).toBe('altered');
      // The interface alone, as if the repair of the group had failed or come later.
      const [on] = Object.keys(state.interfaces);
      await settings['ec2.network-interface.groups'].write(of.context, made(on), [symbol], state);
      const [repaired] = own(of, 'isolation');
      expect([repaired?.GroupId, repaired?.IpPermissions, repaired?.IpPermissionsEgress]).toEqual([id, [], []]);
    },
  );

  test('one of ours that is ready costs no further look', async () => {
    const of = organization();
    const entity = instance(of);
    const { state } = await look(of.context, entity, await contain(of.context, entity));
    const [on] = Object.keys(state.interfaces);
    of.sandbox.clearCalls();
    const symbol = groupSymbol(entity.arn, of.vpc, 'untrack');
    await settings['ec2.network-interface.groups'].write(of.context, made(on), [symbol], state);
    expect(of.sandbox.calls.map(({ operation }) => operation)).toEqual(['ModifyNetworkInterfaceAttribute']);
    expect(groupsOf(of, entity)).toContainEqual([own(of, 'untrack')[0]?.GroupId]);
  });

  test('two that are made at once are one', async () => {
    const of = organization();
    const entities = Array.from({ length: 12 }, () => instance(of));
    await Promise.all(entities.map((entity) => contain(of.context, entity)));
    expect(own(of, 'isolation')).toHaveLength(1);
    expect(own(of, 'untrack')).toHaveLength(1);
    for (const entity of entities)
      expect(
        groupsOf(of, entity)
          .flat()
          .every((id) => id === own(of, 'isolation')[0]?.GroupId),
      ).toBe(true);
  });

  test('are removed when nothing uses them, and say who uses them otherwise', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const { state } = await look(of.context, entity, known);
    const present = settings['ec2.security-group.present'];
    await present.write(of.context, groupSymbol(entity.arn, of.vpc, 'untrack'), null, state);
    expect(own(of, 'untrack')).toEqual([]);
    const symbol = groupSymbol(entity.arn, of.vpc, 'isolation');
    await expect(present.write(of.context, symbol, null, state)).rejects.toThrow(
      new RegExp(`also given to eni-.* of ${entity.name}`),
    );
    expect(own(of, 'isolation')).toHaveLength(1);
    // Twice, and where the last look did not show them, it is the same.
    await present.write(of.context, groupSymbol(entity.arn, of.vpc, 'untrack'), null, state);
    await unprotect(of, entity);
    of.run(new TerminateInstancesCommand({ InstanceIds: [entity.name] }));
    of.pass(120);
    await present.write(of.context, symbol, null, { ...state, groups: {} });
    expect(own(of, 'isolation')).toEqual([]);
  });

  test('that are known are removed also while EC2 does not list them by their tags', async () => {
    const of = organization();
    const entity = instance(of);
    const { state } = await look(of.context, entity, await contain(of.context, entity));
    const lagging = { ...of.context, client: withoutGroups(of, ['tag:']) };
    await settings['ec2.security-group.present'].write(lagging, groupSymbol(entity.arn, of.vpc, 'untrack'), null, state);
    expect(own(of, 'untrack')).toEqual([]);
  });

  test('stay where an interface has them that is attached to nothing, which is named by itself', async () => {
    const of = organization();
    const entity = instance(of);
    const { state } = await look(of.context, entity, await contain(of.context, entity));
    const Groups = [made(own(of, 'untrack')[0]?.GroupId)];
    const { NetworkInterface } = of.run(new CreateNetworkInterfaceCommand({ SubnetId: of.subnet, Groups }));
    const removed = settings['ec2.security-group.present'].write(
      of.context,
      groupSymbol(entity.arn, of.vpc, 'untrack'),
      null,
      state,
    );
    await expect(removed).rejects.toThrow(`also given to ${NetworkInterface?.NetworkInterfaceId}.`);
    expect(own(of, 'untrack')).toHaveLength(1);
  });

  test('that no look has shown are removed by all of their signs: what is only tagged stays', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const [web] = of.groups;
    const Tags = [
      { Key: ledgerTag, Value: mark },
      { Key: kindTag, Value: 'untrack' },
    ];
    of.run(new CreateTagsCommand({ Resources: [web], Tags }));
    const { state } = await look(of.context, entity, known);
    const unseen = { ...state, groups: {} };
    const present = settings['ec2.security-group.present'];
    await present.write(of.context, groupSymbol(entity.arn, of.vpc, 'untrack').replace('untrack', 'other'), null, unseen);
    expect(own(of, 'untrack')).toHaveLength(2);
    await present.write(of.context, groupSymbol(entity.arn, of.vpc, 'untrack'), null, unseen);
    expect(own(of, 'untrack').map(({ GroupId }) => GroupId)).toEqual([web]);
    expect(own(of, 'isolation')).toHaveLength(1);
  });

  test.each([
    ['isolation', 'UnauthorizedOperation', /^the answer of EC2/],
    ['isolation', 'InvalidGroup.InUse', /also given to eni-/],
    ['isolation', 'DependencyViolation', /also given to eni-/],
    ['untrack', 'DependencyViolation', /^the answer of EC2/],
  ] as const)('the %s group that cannot be removed (%s) says why', async (kind, code, said) => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const { state } = await look(of.context, entity, known);
    const error = awsError(code, 'the answer of EC2', 400);
    of.sandbox.intercept({ before: ({ operation }) => (operation === 'DeleteSecurityGroup' ? error : undefined) });
    const removed = settings['ec2.security-group.present'].write(of.context, groupSymbol(entity.arn, of.vpc, kind), null, state);
    await expect(removed).rejects.toThrow(said);
    expect(own(of, kind)).toHaveLength(1);
  });

  test('are not taken for ready while EC2 lags', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    // The look by tags shows what was before the groups were made; that by id does not.
    const { state } = await look({ ...of.context, client: withoutGroups(of, ['tag:']) }, entity, known);
    const [on] = Object.keys(state.interfaces);
    expect(settings['ec2.network-interface.groups'].read(state, made(on))).toEqual([
      groupSymbol(entity.arn, of.vpc, 'isolation'),
    ]);
  });

  test('that EC2 does not describe yet leave an interface without a value, and are waited for', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const [closed] = own(of, 'isolation');
    const { state } = await look({ ...of.context, client: withoutGroups(of, ['tag:', 'group-id']) }, entity, known);
    const groups = settings['ec2.network-interface.groups'];
    for (const on of Object.keys(state.interfaces)) {
      expect(groups.read(state, on)).toBeUndefined();
      expect(groups.pending?.(state, on)).toContain(closed?.GroupId);
    }
  });
});

describe('interfaces', () => {
  test('one that a service manages is a gap, and the rest is isolated', async () => {
    const of = organization();
    const entity = instance(of);
    const managed = attachAnother(of, entity);
    makeRequesterManaged(of.place, managed, 'amazon-eks');
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    const [closed] = own(of, 'isolation');
    expect(groupsOf(of, entity)).toEqual([[closed?.GroupId], [closed?.GroupId], [of.groups[0]]]);
    expect(await warned(of, entity, known)).toContainEqual({ gap: true, text: expect.stringContaining(managed) });
  });

  test('one that DescribeInstances alone shows yet is isolated too', async () => {
    const of = organization();
    const entity = instance(of);
    const client: Context['client'] = (Class, at) => {
      const made = of.context.client(Class, at);
      if (made instanceof EC2Client)
        made.middlewareStack.add(
          (next, { commandName }) =>
            async (args) => {
              const answer = await next(args);
              if (commandName === 'DescribeNetworkInterfacesCommand') Object.assign(answer.output, { NetworkInterfaces: [] });
              return answer;
            },
          { step: 'initialize' },
        );
      return made;
    };
    await contain({ ...of.context, client }, entity);
    const [closed] = own(of, 'isolation');
    expect(groupsOf(of, entity)).toEqual([[closed?.GroupId], [closed?.GroupId]]);
  });

  test('of a managed instance are left alone, and it is said', async () => {
    const of = organization();
    const entity = instance(of);
    makeManagedInstance(of.place, entity.name, 'eks.amazonaws.com');
    const { state } = await look(of.context, entity, nothing);
    expect(plan(state, entity, byDefault)).toEqual([]);
    expect(await warned(of, entity)).toContainEqual({ gap: true, text: expect.stringContaining('managed by eks.amazonaws.com') });
  });

  test('one attached during the dwell gets a hop of its own', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const late = attachAnother(of, entity);
    const { state } = await look(of.context, entity, known);
    const on = interfaceArn(entity.arn, account, late);
    const path = plan(state, entity, byDefault).flatMap(({ changes }) => changes.filter((change) => change.on === on));
    expect(path.map(({ to, transit }) => [to, transit === true])).toEqual([
      [[groupSymbol(entity.arn, of.vpc, 'untrack')], true],
      [[groupSymbol(entity.arn, of.vpc, 'isolation')], false],
    ]);
  });

  test('one that was detached is read still, and one that is gone is not there', async () => {
    const of = organization();
    const entity = instance(of);
    const late = attachAnother(of, entity);
    const known = await contain(of.context, entity);
    const Filters = [{ Name: 'network-interface-id', Values: [late] }];
    const attachment = of.run(new DescribeNetworkInterfacesCommand({ Filters })).NetworkInterfaces?.[0]?.Attachment?.AttachmentId;
    of.run(new DetachNetworkInterfaceCommand({ AttachmentId: attachment, Force: true }));
    of.pass(60);
    const on = interfaceArn(entity.arn, account, late);
    const gone = interfaceArn(entity.arn, account, 'eni-0123456789abcdef0');
    const { state } = await look(of.context, entity, {
      targets: [...known.targets, { setting: 'ec2.network-interface.groups', on: gone }],
    });
    const groups = settings['ec2.network-interface.groups'];
    expect(groups.read(state, on)).toEqual([groupSymbol(entity.arn, of.vpc, 'isolation')]);
    expect(groups.read(state, gone)).toBeUndefined();
    expect(plan(state, entity, byDefault).flatMap(({ changes }) => changes.map((change) => change.on))).not.toContain(on);
  });

  test('the order of groups does not count in comparing', () => {
    const { same } = settings['ec2.network-interface.groups'];
    expect(same?.(['a', 'b'], ['b', 'a'])).toBe(true);
    expect(same?.(['a', 'b'], ['a', 'c'])).toBe(false);
    expect(same?.(['a'], ['a', 'b'])).toBe(false);
    expect(same?.(['a', 'b'], ['a'])).toBe(false);
    expect(same?.([], ['a'])).toBe(false);
  });
});

describe('the role', () => {
  test('with paths, and only for this instance', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    await contain(of.context, entity);
    const policies = of.run(new ListRolePoliciesCommand({ RoleName: 'web' })).PolicyNames ?? [];
    expect(policies.filter((name) => name.startsWith(`EntityLockdown-${mark}-`))).toHaveLength(1);
    const use = (id: string) => {
      const context = { 'ec2:SourceInstanceARN': `arn:aws:ec2:eu-west-1:${account}:instance/${id}` };
      const credentials = of.sandbox.credentials(`arn:aws:iam::${account}:role/team/web/web`, { sessionName: id, context });
      return of.sandbox
        .createClient(EC2Client, { region: 'eu-west-1', credentials })
        .send(new DescribeInstancesCommand({}))
        .then(
          () => 'allowed',
          (error: Error) => error.message,
        );
    };
    expect(await use(entity.name)).toMatch(/explicit deny/);
    expect(await use('i-0123456789abcdef0')).not.toMatch(/explicit deny/);
  });

  test('is seen, and denied, where the profiles of a role may not be listed: that costs a step, which is said', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const known = await contain(of.context, entity);
    const slower = { text: expect.stringContaining('iam:ListInstanceProfilesForRole is denied') };
    expect(await warned(of, entity, known)).not.toContainEqual(slower);
    of.sandbox.intercept({
      before: ({ operation }) => (operation === 'ListInstanceProfilesForRole' ? faults.denied() : undefined),
    });
    const { state } = await look(of.context, entity, known);
    expect(state.profile?.roles.map(({ arn }) => arn)).toEqual([`arn:aws:iam::${account}:role/team/web/web`]);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    expect(await warned(of, entity, known)).toContainEqual(slower);
  });

  test.each([
    ['no profile', undefined, /no instance profile/],
    ['a profile without a role', null, /has no role/],
  ])('%s is isolated all the same', async (_, role, said) => {
    const of = organization();
    const entity = instance(of, role === null ? { IamInstanceProfile: { Name: profile(of, 'empty', undefined) } } : {});
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    expect((await warned(of, entity, known)).filter(({ gap }) => gap)).toEqual([]);
    expect(await warned(of, entity, known)).toContainEqual({ text: expect.stringMatching(said) });
  });

  test('under scope role has everything denied, and is read before what has an original is written', async () => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const options = { scope: 'role', dwell: 0 } as const;
    const { state } = await look(of.context, entity, nothing);
    const on = `arn:aws:iam::${account}:role/web`;
    expect(settings['iam.principal.inline-deny'].read(state, on)).toBe(null);
    expect(settings['iam.principal.attached-deny'].read(state, on)).toBeUndefined();
    const known = await contain(of.context, entity, options);
    const { state: then } = await look(of.context, entity, known);
    expect(settings['iam.principal.inline-deny'].read(then, on)).toBe('deny');
    expect(settings['iam.principal.attached-deny'].read(then, on)).toBe(true);
    expect(await outstanding(of.context, entity, known, options)).toEqual([]);
  });
});

describe('states', () => {
  test('protection is on for an On-Demand Instance', async () => {
    const of = organization();
    const entity = instance(of, { InstanceInitiatedShutdownBehavior: 'terminate' });
    await contain(of.context, entity);
    const attribute = (Attribute: 'disableApiTermination' | 'disableApiStop' | 'instanceInitiatedShutdownBehavior') =>
      of.run(new DescribeInstanceAttributeCommand({ InstanceId: entity.name, Attribute }));
    expect(attribute('disableApiTermination').DisableApiTermination?.Value).toBe(true);
    expect(attribute('disableApiStop').DisableApiStop?.Value).toBe(true);
    expect(attribute('instanceInitiatedShutdownBehavior').InstanceInitiatedShutdownBehavior?.Value).toBe('stop');
  });

  test('protection that may not be read is left as it is, which is said and stops nothing', async () => {
    const of = organization();
    const entity = instance(of);
    of.sandbox.intercept({
      before: ({ operation }) => (operation === 'DescribeInstanceAttribute' ? faults.denied() : undefined),
    });
    const { state } = await look(of.context, entity, nothing);
    expect(state.protection).toEqual({ termination: null, stop: null, shutdownBehavior: null });
    const known = await contain(of.context, entity);
    expect(known.targets.filter(({ setting }) => setting.startsWith('ec2.instance.'))).toEqual([]);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    expect(await warned(of, entity, known)).toContainEqual({ text: expect.stringContaining('ec2:DescribeInstanceAttribute') });
  });

  test('a Spot Instance is not protected, and it is said', async () => {
    const of = organization();
    const entity = instance(of, { InstanceMarketOptions: { MarketType: 'spot' } });
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
    expect(await warned(of, entity, known)).toContainEqual({ text: expect.stringContaining('Spot Instance') });
  });

  test('a stopped one is isolated without resting in the open', async () => {
    const of = organization();
    const entity = instance(of);
    of.run(new StopInstancesCommand({ InstanceIds: [entity.name] }));
    of.pass(120);
    const { state } = await look(of.context, entity, nothing);
    expect(plan(state, entity, byDefault).flatMap(({ dwell }) => dwell?.seconds ?? [])).toEqual([0]);
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
  });

  test('one that is pending still is isolated', async () => {
    const of = organization();
    const entity = instance(of);
    of.pass(-59);
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
  });

  test.each([
    ['terminated', 120, /is terminated/],
    ['long gone', 7_200, /no instance/],
  ])('%s: there is nothing to contain, and what is known is read', async (_, seconds, said) => {
    const of = organization();
    const entity = instance(of, { IamInstanceProfile: { Name: profile(of, 'web', 'web') } });
    const known = await contain(of.context, entity);
    await unprotect(of, entity);
    of.run(new TerminateInstancesCommand({ InstanceIds: [entity.name] }));
    of.pass(seconds);
    const observed = await look(of.context, entity, known);
    expect(observed.exists).toBe(false);
    expect(observed.missing).toMatch(said);
    expect(observed.missing).toMatch(/contain the role/);
    expect(plan(observed.state, entity, byDefault)).toEqual([]);
    expect(warnings(observed.state, entity, byDefault)).toEqual([]);
    expect(settings['iam.role.conditional-deny'].read(observed.state, `arn:aws:iam::${account}:role/web#${entity.arn}`)).toBe(
      'deny',
    );
  });

  test('a group that another ledger made is told from ours', async () => {
    const of = organization();
    const entity = instance(of);
    await contain({ ...of.context, mark: 'zzzzzz999999' }, entity);
    const observed = await look(of.context, entity, nothing);
    expect(observed.markedBy).toBe('zzzzzz999999');
    const known = await contain(of.context, entity);
    expect(await outstanding(of.context, entity, known)).toEqual([]);
  });

  test('another ledger’s is seen beside ours and those of nobody', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    expect(await look(of.context, entity, known)).not.toHaveProperty('markedBy');
    await contain({ ...of.context, mark: 'zzzzzz999999' }, instance(of));
    const Filters = [{ Name: 'group-name', Values: [groupName('isolation', 'zzzzzz999999')] }];
    const [theirs] = of.run(new DescribeSecurityGroupsCommand({ Filters })).SecurityGroups ?? [];
    const [first] = Object.values((await look(of.context, entity, known)).state.interfaces);
    const Groups = [of.groups[0], made(theirs?.GroupId)];
    of.run(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: made(first?.id), Groups }));
    expect((await look(of.context, entity, known)).markedBy).toBe('zzzzzz999999');
  });

  test('of several of ours the one that was named first counts, in whatever order they were made', async () => {
    const of = organization();
    const entity = instance(of);
    const Tags = [
      { Key: ledgerTag, Value: mark },
      { Key: kindTag, Value: 'isolation' },
    ];
    const ids = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((further) => {
      const GroupName = groupName('isolation', mark, further);
      const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags }];
      const input = { VpcId: of.vpc, GroupName, Description: 'x', TagSpecifications };
      return made(of.run(new CreateSecurityGroupCommand(input)).GroupId);
    });
    const { state } = await look(of.context, entity, nothing);
    const found = state.groups[groupSymbol(entity.arn, of.vpc, 'isolation')];
    expect([found?.id, ...(found?.spare ?? [])]).toEqual(ids.toReversed());
  });

  test('an interface moved back by somebody is seen', async () => {
    const of = organization();
    const entity = instance(of);
    const known = await contain(of.context, entity);
    const [first] = Object.values((await look(of.context, entity, known)).state.interfaces);
    of.run(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: made(first?.id), Groups: [of.groups[0]] }));
    expect(await outstanding(of.context, entity, known)).toHaveLength(1);
  });
});
