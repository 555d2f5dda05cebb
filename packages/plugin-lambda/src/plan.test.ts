import type { PrincipalState } from '@entity-lockdown/iam-deny';
import type { Entity } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { executionRoles } from './execution-roles.ts';
import type { FunctionOptions } from './options.ts';
import { plan } from './plan.ts';
import { settings } from './settings.ts';
import type { FunctionState } from './state.ts';
import { warnings } from './warnings.ts';

const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:etl';
const entity: Entity = {
  key: 'aws:111122223333:eu-west-1:etl',
  arn,
  partition: 'aws',
  account: '111122223333',
  region: 'eu-west-1',
  name: 'etl',
};
const role: PrincipalState = {
  kind: 'role',
  on: 'arn:aws:iam::111122223333:role/worker',
  exists: true,
  name: 'worker',
  arn: 'arn:aws:iam::111122223333:role/service-role/worker',
  id: 'AROAWORKER',
  trusts: ['lambda.amazonaws.com'],
  attached: [],
  boundary: null,
  inlineDeny: null,
  conditionalDeny: {},
  conditionalManagedDeny: {},
  marked: false,
};
const mapping = 'arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:u-1';
const now: FunctionState = {
  arn,
  name: 'etl',
  configuration: { role: role.arn, state: 'Active' },
  reserved: null,
  provisioned: {},
  mappings: { [mapping]: { state: 'Enabled', ours: true } },
  versionRoles: [],
  roles: { [role.on]: role },
};
const kept: PrincipalState = {
  ...role,
  on: role.on.replace('worker', 'kept'),
  arn: role.arn.replace('worker', 'kept'),
  name: 'kept',
};
const versioned: FunctionState = { ...now, versionRoles: [kept.arn], roles: { [role.on]: role, [kept.on]: kept } };
const wide: FunctionOptions = { scope: 'role' };

const settingsOf = (state: FunctionState, options = wide) =>
  plan(state, entity, options).map(({ changes }) => changes.map(({ setting }) => setting));
const said = (state: FunctionState, gaps: boolean, options = wide) =>
  warnings(state, entity, options)
    .filter(({ gap }) => (gap === true) === gaps)
    .map(({ text }) => text)
    .join('\n');

describe('plan', () => {
  test('is one stage, where nothing is in the way, and wants the same when it is done', () => {
    const wanted = [
      [
        'lambda.function.reserved-concurrency',
        'iam.principal.inline-deny',
        'iam.principal.attached-deny',
        'lambda.event-source-mapping.enabled',
      ],
    ];
    expect(settingsOf(now)).toEqual(wanted);
    const done: FunctionState = { ...now, reserved: 0, mappings: { [mapping]: { state: 'Disabled', ours: true } } };
    expect(plan(done, entity, wide)).toEqual(plan(now, entity, wide));
  });

  test('for one function never denies more than it', () => {
    const [first] = plan(now, entity, { scope: 'function' });
    const deny = first?.changes.find(({ setting }) => setting.startsWith('iam.'));
    expect([deny?.on, deny?.arn, deny?.else?.setting, deny?.else?.else]).toEqual([
      `${role.on}#${arn}`,
      role.arn,
      'iam.role.conditional-managed-deny',
      undefined,
    ]);
  });

  test('denies the role of a version too, each role once', () => {
    const denied = (state: FunctionState, options = wide) =>
      plan(state, entity, options)
        .flatMap(({ changes }) => changes)
        .filter(({ setting }) => setting.startsWith('iam.'))
        .map(({ setting, on }) => `${setting} ${on}`);
    const both = [role.on, kept.on];
    const wanted = both.flatMap((on) => [`iam.principal.inline-deny ${on}`, `iam.principal.attached-deny ${on}`]);
    expect(denied(versioned)).toEqual(wanted);
    // A role that was made again under another path is the same name, and there is one of it.
    const moved = { ...versioned, versionRoles: [role.arn.replace('service-role/', 'former/'), kept.arn] };
    expect(denied(moved)).toEqual(wanted);
    expect(denied(versioned, { scope: 'function' })).toEqual(both.map((on) => `iam.role.conditional-deny ${on}#${arn}`));
    const away = { ...versioned, versionRoles: [kept.arn, role.arn.replaceAll('111122223333', '444455556666')] };
    expect(denied(away)).toEqual(wanted);
  });

  test('leaves mappings that go, and those that are another function’s by now', () => {
    const mappings = {
      [`${mapping}2`]: { state: 'Deleting', ours: true },
      [`${mapping}3`]: { state: 'Enabled', ours: false },
    };
    expect(settingsOf({ ...now, mappings }).flat()).not.toContain('lambda.event-source-mapping.enabled');
  });
});

describe('values', () => {
  const enabled = settings['lambda.event-source-mapping.enabled'];
  test.each([
    ['Enabled', true, false],
    ['Enabling', true, true],
    ['Disabled', false, false],
    ['Disabling', false, true],
    ['Creating', undefined, true],
    ['Updating', undefined, true],
    ['Deleting', undefined, false],
  ])('of a mapping that is %s', (state, value, isPending) => {
    const seen: FunctionState = { ...now, mappings: { [mapping]: { state, ours: true } } };
    expect([enabled.read(seen, mapping), enabled.pending?.(seen, mapping) !== undefined]).toEqual([value, isPending]);
  });

  test('of a function that is not there are none', () => {
    const gone: FunctionState = { ...now, configuration: null };
    expect(settings['lambda.function.reserved-concurrency'].read(gone, arn)).toBeUndefined();
    expect(settings['lambda.function.provisioned-concurrency'].read(gone, `${arn}#live`)).toBeUndefined();
    expect([executionRoles(gone), plan(gone, entity, wide), warnings(gone, entity, wide)]).toEqual([[], [], []]);
  });

  test('of another function are not this one’s', () => {
    expect(settings['lambda.function.reserved-concurrency'].read(now, `${arn}2`)).toBeUndefined();
    expect(settings['lambda.function.provisioned-concurrency'].read(now, `${arn}2#live`)).toBeUndefined();
  });
});

describe('warnings', () => {
  test('tell what goes on', () => {
    for (const part of ['15 minutes', '6 hours', '429', 'Everything else that uses the role worker', 'further roles'])
      expect(said(now, false)).toContain(part);
    expect(said(now, false, { scope: 'function' })).toContain('to this function alone');
    expect(said(now, true)).toBe('');
  });

  test('call managed instances a gap, and tell of durable executions and the edge', () => {
    const configuration = { role: role.arn, state: 'Active', managedInstances: true, durable: true } as const;
    expect(said({ ...now, configuration }, true)).toContain('put-function-scaling-config --function-name etl');
    expect(said({ ...now, configuration }, false)).toContain('list-durable-executions-by-function');
    expect(said({ ...now, arn: arn.replace('eu-west-1', 'us-east-1') }, false)).toContain('Lambda@Edge');
  });

  test('tell of each role by itself, and of the denied ones together', () => {
    expect(said(versioned, true)).toBe('');
    expect(said(versioned, false)).toContain('uses the roles worker, kept is denied as well');
    expect(said(versioned, false)).not.toContain('no longer has');
    expect(said(versioned, false, { scope: 'function' })).toContain('The roles worker, kept are denied to this function alone');
    const gone = { ...versioned, roles: { [role.on]: role, [kept.on]: { ...kept, exists: false } } };
    expect(said(gone, true)).toBe('');
    expect(said(gone, false)).toContain('a published version keeps, kept, does not exist');
    const slr = 'arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX';
    const open = { ...now, versionRoles: ['arn:aws:iam::444455556666:role/theirs', slr] };
    expect(said(open, true)).toContain('lockdown contain arn:aws:iam::444455556666:role/theirs');
    expect(said(open, true)).toContain('AWSServiceRoleForX is a service-linked role');
    expect(said(open, false)).toContain('uses the role worker is denied');
  });

  test('say nothing of denied roles where none is denied, nor of a former role that is gone', () => {
    const theirs = role.arn.replaceAll('111122223333', '444455556666');
    const open: FunctionState = { ...now, configuration: { role: theirs, state: 'Active' }, roles: {} };
    expect(said(open, true)).toContain(`lockdown contain ${theirs}`);
    for (const part of ['denied', 'further roles']) expect(said(open, false)).not.toContain(part);
    const former = { ...now, roles: { [role.on]: role, [kept.on]: kept } };
    expect(said(former, false)).toContain('no longer has the role kept');
    const gone = { ...now, roles: { [role.on]: role, [kept.on]: { ...kept, exists: false } } };
    expect(said(gone, false)).toBe(said(now, false));
  });

  test.each([
    [{ state: 'Pending' }, 'still at making the function'],
    [{ state: 'Active', updating: true } as const, 'still at updating the function'],
  ])('tell who is still at it: %j', (configuration, part) => {
    expect(said({ ...now, configuration: { role: role.arn, ...configuration } }, false)).toContain(part);
    expect(said(now, false)).not.toContain('still at');
  });

  test('call versions that could not be listed a gap, and say nothing of what only they would show', () => {
    const unread: FunctionState = { ...now, versionsUnread: true, roles: { [role.on]: role, [kept.on]: kept } };
    expect(said(unread, true)).toContain('lambda:ListVersionsByFunction');
    expect(said(unread, false)).not.toContain('no longer has');
    expect(said(unread, false)).toContain('The role kept, which was denied for the function');
  });

  test('tell of aliases that could not be listed', () => {
    expect(said({ ...now, aliasesUnread: true }, false)).toContain('lambda:ListAliases');
  });
});
