import type { PrincipalState } from '@entity-lockdown/iam-deny';
import type { Entity } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { identify } from './inspect.ts';
import type { InstanceOptions } from './options.ts';
import { plan } from './plan.ts';
import { withGroup } from './settings/security-group.ts';
import { settings } from './settings.ts';
import type { InstanceState, NetworkInterface } from './state.ts';
import { groupSymbol, idIn, interfaceArn } from './symbol.ts';
import { byDefault } from './testing/apply.ts';
import { warnings } from './warnings.ts';

const arn = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0';
const entity: Entity = {
  key: 'aws:111122223333:eu-west-1:i-0123456789abcdef0',
  arn,
  partition: 'aws',
  account: '111122223333',
  region: 'eu-west-1',
  name: 'i-0123456789abcdef0',
};

function card(id: string, more: Partial<NetworkInterface> = {}) {
  const found: NetworkInterface = {
    id,
    vpc: 'vpc-1',
    owner: '111122223333',
    groups: ['sg-1'],
    attached: true,
    manager: null,
    type: 'interface',
    ...more,
  };
  return [interfaceArn(arn, found.owner, id), found] as const;
}

const now: InstanceState = {
  arn,
  instance: {
    id: 'i-0123456789abcdef0',
    state: 'running',
    spot: false,
    instanceStore: false,
    operator: null,
    autoScalingGroup: null,
    secondaryInterfaces: 0,
  },
  interfaces: Object.fromEntries([card('eni-1'), card('eni-2', { vpc: 'vpc-2' })]),
  groups: {},
  protection: { termination: false, stop: false, shutdownBehavior: 'terminate' },
  profile: {
    arn: 'arn:aws:iam::111122223333:instance-profile/p/web',
    exists: true,
    roles: [{ arn: 'arn:aws:iam::111122223333:role/team/web', id: 'AROAWEB' }],
  },
  roles: {},
};

const said = (state: InstanceState, gaps: boolean) =>
  warnings(state, entity, byDefault)
    .filter(({ gap }) => (gap === true) === gaps)
    .map(({ text }) => text)
    .join('\n');
const on = (state: InstanceState) => plan(state, entity, byDefault).map(({ changes }) => changes.map((change) => change.on));

describe('plan', () => {
  test('has groups in each VPC, and the deny does not wait for them', () => {
    const [make] = plan(now, entity, byDefault);
    expect(make?.changes.map((change) => [change.setting, change.on])).toEqual([
      ['ec2.security-group.present', groupSymbol(arn, 'vpc-1', 'untrack')],
      ['ec2.security-group.present', groupSymbol(arn, 'vpc-1', 'isolation')],
      ['ec2.security-group.present', groupSymbol(arn, 'vpc-2', 'untrack')],
      ['ec2.security-group.present', groupSymbol(arn, 'vpc-2', 'isolation')],
      ['iam.role.conditional-deny', `arn:aws:iam::111122223333:role/web#${arn}`],
      ['ec2.instance.termination-protection', arn],
      ['ec2.instance.stop-protection', arn],
      ['ec2.instance.shutdown-behavior', arn],
    ]);
    expect(make?.changes.slice(0, 2).map(({ title }) => title)).toEqual([
      'Have a security group for all traffic in vpc-1, to pass through',
      'Have a security group without rules in vpc-1',
    ]);
    expect(make?.changes.find(({ setting }) => setting === 'iam.role.conditional-deny')?.arn).toBe(
      'arn:aws:iam::111122223333:role/team/web',
    );
  });

  test('never widens the deny of one instance', () => {
    const deny = plan(now, entity, byDefault).flatMap(({ changes }) =>
      changes.filter(({ setting }) => setting.startsWith('iam.')),
    );
    const links = deny.flatMap((change) => [change.setting, change.else?.setting, change.else?.else]);
    expect(links).toEqual(['iam.role.conditional-deny', 'iam.role.conditional-managed-deny', undefined]);
  });

  test('leaves out what nobody here may change', () => {
    const interfaces = Object.fromEntries([
      card('eni-1'),
      card('eni-2', { manager: 'amazon-eks' }),
      card('eni-3', { owner: '444455556666' }),
      card('eni-4', { attached: false }),
    ]);
    expect(
      on({ ...now, interfaces })
        .flat()
        .filter((target) => target.includes('network-interface')),
    ).toEqual(Array(2).fill(interfaceArn(arn, '111122223333', 'eni-1')));
  });

  test('goes by the ids of the interfaces, in whatever order EC2 lists them', () => {
    const interfaces = Object.fromEntries([card('eni-2'), card('eni-1'), card('eni-3')]);
    const isolated = plan({ ...now, interfaces }, entity, byDefault).at(-1);
    expect(isolated?.changes.map((change) => idIn(change.on))).toEqual(['eni-1', 'eni-2', 'eni-3']);
  });

  test('leaves alone all interfaces of an instance that a service manages, also those that are not marked so', () => {
    const instance = now.instance && { ...now.instance, operator: 'eks.amazonaws.com' };
    expect(
      on({ ...now, instance })
        .flat()
        .join(),
    ).not.toContain('network-interface');
    expect(said({ ...now, instance }, true)).toContain('eni-1 keeps its security groups: eks.amazonaws.com manages the instance');
  });

  test('protects an instance with its root on its host only from being terminated', () => {
    const instance = now.instance && { ...now.instance, instanceStore: true };
    const settingsOf = plan({ ...now, instance }, entity, byDefault).flatMap(({ changes }) =>
      changes.map(({ setting }) => setting),
    );
    expect(settingsOf.filter((setting) => setting.startsWith('ec2.instance.'))).toEqual(['ec2.instance.termination-protection']);
  });

  test('leaves protection that could not be read, and it is said', () => {
    const unread = { ...now, protection: { termination: null, stop: null, shutdownBehavior: null } };
    expect(on(unread).flat()).not.toContain(arn);
    expect(said(unread, false)).toContain('ec2:DescribeInstanceAttribute');
    expect(said(now, false)).not.toContain('ec2:DescribeInstanceAttribute');
    // What a service manages is not protected by us, whether or not it could be read.
    const managed = { ...unread, instance: now.instance && { ...now.instance, operator: 'eks.amazonaws.com' } };
    expect(said(managed, false)).not.toContain('ec2:DescribeInstanceAttribute');
  });
});

test('protection is known of this instance alone, as long as it is there', () => {
  for (const setting of [
    'ec2.instance.termination-protection',
    'ec2.instance.stop-protection',
    'ec2.instance.shutdown-behavior',
  ] as const) {
    expect(settings[setting].read(now, arn)).toBeDefined();
    expect(settings[setting].read({ ...now, instance: null }, arn)).toBeUndefined();
    expect(settings[setting].read(now, arn.replace('def0', 'def1'))).toBeUndefined();
  }
});

test('a group of ours that is removed is not there, and what the interfaces have can still be told', () => {
  const isolation = groupSymbol(arn, 'vpc-1', 'isolation');
  const untrack = groupSymbol(arn, 'vpc-1', 'untrack');
  const group = (id: string) => ({ id, ready: true, spare: [] });
  const state = withGroup({ ...now, groups: { [isolation]: group('sg-1'), [untrack]: group('sg-2') } }, untrack, undefined);
  expect(settings['ec2.security-group.present'].read(state, untrack)).toBe(null);
  expect(settings['ec2.network-interface.groups'].read(state, interfaceArn(arn, '111122223333', 'eni-1'))).toEqual([isolation]);
});

describe('a role that was not looked at', () => {
  const role = 'arn:aws:iam::111122223333:role/web';
  test('has none of our policies, and what has an original is not known', () => {
    expect(settings['iam.role.conditional-deny'].read(now, `${role}#${arn}`)).toBe(null);
    expect(settings['iam.principal.inline-deny'].read(now, role)).toBe(null);
    expect(settings['iam.principal.attached-deny'].read(now, role)).toBeUndefined();
    expect(settings['iam.principal.boundary'].read(now, role)).toBeUndefined();
  });

  test('and that the profile does not have is not known at all', () => {
    const other = 'arn:aws:iam::111122223333:role/other';
    expect(settings['iam.role.conditional-deny'].read(now, `${other}#${arn}`)).toBeUndefined();
    expect(settings['iam.principal.inline-deny'].read(now, other)).toBeUndefined();
  });

  test('is known by its id', () => {
    expect(identify(now, role)).toBe('AROAWEB');
    expect(identify(now, 'arn:aws:iam::111122223333:role/other')).toBeUndefined();
    expect(identify(now, arn)).toBeUndefined();
  });

  test('that is service-linked is a gap', () => {
    const linked = 'arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX';
    const state = { ...now, profile: now.profile && { ...now.profile, roles: [{ arn: linked, id: 'AROAX' }] } };
    expect(on(state).flat().join()).not.toContain('role/');
    expect(said(state, true)).toContain('service-linked');
    expect(said(state, false)).not.toMatch(/denied to this instance alone|change of permissions/);
  });
});

describe('warnings', () => {
  test('tell what goes on, and why all ports are open for a while', () => {
    const text = said(now, false);
    for (const part of ['For 60 seconds all ports', 'NAT gateways', 'DNS', 'serial console', 'to this instance alone', 'take'])
      expect(text).toContain(part);
    expect(said(now, true)).toBe('');
  });

  test.each([
    ['without a dwell', now, { ...byDefault, dwell: 0 }],
    ['stopped', { ...now, instance: now.instance && { ...now.instance, state: 'stopped' } }, byDefault],
  ])('do not tell of open ports where there are none: %s', (_, state, options) => {
    const text = warnings(state, entity, options).map((warning) => warning.text);
    expect(text).toContainEqual(expect.stringContaining('NAT gateways'));
    expect(text).not.toContainEqual(expect.stringContaining('all ports'));
  });

  test('do not tell what isolation leaves open where nothing is isolated', () => {
    const text = said({ ...now, interfaces: Object.fromEntries([card('eni-1', { manager: 'amazon-eks' })]) }, false);
    for (const part of ['all ports', 'NAT gateways', 'DNS', 'serial console']) expect(text).not.toContain(part);
  });

  test.each([
    ['a trunk', card('eni-9', { type: 'trunk' }), 'is a trunk'],
    ['another account', card('eni-9', { owner: '444455556666' }), 'account 444455556666'],
    ['a service', card('eni-9', { manager: 'amazon-eks' }), 'amazon-eks manages it'],
  ])('call an interface of %s a gap', (_, [at, found], part) => {
    expect(said({ ...now, interfaces: { ...now.interfaces, [at]: found } }, true)).toContain(part);
  });

  test('call interfaces without groups a gap', () => {
    expect(said({ ...now, instance: now.instance && { ...now.instance, secondaryInterfaces: 1 } }, true)).toContain('secondary');
  });

  test('say to whom the role is denied', () => {
    const text = (scope: InstanceOptions['scope']) =>
      warnings(now, entity, { ...byDefault, scope }).map((warning) => warning.text);
    const all = expect.stringMatching(/^Everything that uses the role web is denied/);
    const one = expect.stringMatching(/^The role web is denied to this instance alone/);
    expect(text('role')).toContainEqual(all);
    expect(text('role')).not.toContainEqual(one);
    expect(text('instance')).toContainEqual(one);
    expect(text('instance')).not.toContainEqual(all);
  });

  test('name a role that was denied and that it has no longer, as long as there is one', () => {
    const known = (name: string, exists = true): PrincipalState => ({
      kind: 'role',
      on: `arn:aws:iam::111122223333:role/${name}`,
      exists,
      name,
      arn: `arn:aws:iam::111122223333:role/${name}`,
      id: name,
      trusts: [],
      attached: [],
      boundary: null,
      inlineDeny: null,
      conditionalDeny: {},
      conditionalManagedDeny: {},
      marked: false,
    });
    const roles = [known('web'), known('former'), known('gone', false)];
    const text = said({ ...now, roles: Object.fromEntries(roles.map((role) => [role.on, role])) }, false);
    expect(text.match(/no longer has the role .*/g)).toEqual([
      'no longer has the role former, which was denied for its sake: it stays denied.',
    ]);
  });

  test('say what of an Elastic Fabric Adapter ends, where there is one', () => {
    expect(said(now, false)).not.toContain('Elastic Fabric Adapter');
    const interfaces = Object.fromEntries([card('eni-1', { type: 'efa-only' })]);
    expect(said({ ...now, interfaces }, false)).toContain('Elastic Fabric Adapter');
  });

  test('tell a profile that is gone from one without a role', () => {
    const profile = now.profile && { ...now.profile, exists: false, roles: [] };
    expect(said({ ...now, profile }, false)).toContain('web does not exist any more');
  });

  test.each([
    ['running', false, false],
    ['pending', false, false],
    ['stopping', true, false],
    ['stopped', true, false],
    ['shutting-down', false, true],
  ])('say what becomes of an instance that is %s', (state, isStopped, isEnding) => {
    const text = said({ ...now, instance: now.instance && { ...now.instance, state } }, false);
    expect(text.includes(`The instance is ${state}. It is isolated all the same`)).toBe(isStopped);
    expect(text.includes('being terminated right now')).toBe(isEnding);
  });

  test('name the Auto Scaling group and how to leave it', () => {
    const instance = now.instance && { ...now.instance, autoScalingGroup: 'web' };
    expect(said({ ...now, instance }, false)).toContain('enter-standby --instance-ids i-0123456789abcdef0');
  });
});
