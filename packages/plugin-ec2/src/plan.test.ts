import type { Entity } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { identify } from './inspect.ts';
import { plan } from './plan.ts';
import { settings } from './settings.ts';
import type { InstanceState, NetworkInterface } from './state.ts';
import { groupSymbol, interfaceArn } from './symbol.ts';
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
  });
});

describe('a role that was not looked at', () => {
  const role = 'arn:aws:iam::111122223333:role/web';
  test('has none of our policies, and what has an original is not known', () => {
    expect(settings['iam.role.conditional-deny'].read(now, `${role}#${arn}`)).toBe(null);
    expect(settings['iam.principal.inline-deny'].read(now, role)).toBe(null);
    expect(settings['iam.principal.attached-deny'].read(now, role)).toBeUndefined();
    expect(settings['iam.principal.boundary'].read(now, role)).toBeUndefined();
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
    ['a trunk', card('eni-9', { type: 'trunk' }), 'is a trunk'],
    ['another account', card('eni-9', { owner: '444455556666' }), 'account 444455556666'],
    ['a service', card('eni-9', { manager: 'amazon-eks' }), 'amazon-eks manages it'],
  ])('call an interface of %s a gap', (_, [at, found], part) => {
    expect(said({ ...now, interfaces: { ...now.interfaces, [at]: found } }, true)).toContain(part);
  });

  test('call interfaces without groups a gap', () => {
    expect(said({ ...now, instance: now.instance && { ...now.instance, secondaryInterfaces: 1 } }, true)).toContain('secondary');
  });

  test('name the Auto Scaling group and how to leave it', () => {
    const instance = now.instance && { ...now.instance, autoScalingGroup: 'web' };
    expect(said({ ...now, instance }, false)).toContain('enter-standby --instance-ids i-0123456789abcdef0');
  });
});
