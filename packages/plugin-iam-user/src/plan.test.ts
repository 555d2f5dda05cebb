import type { PrincipalState } from '@entity-lockdown/iam-deny';
import type { Entity } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { immediate, plan, release } from './plan.ts';
import { settings } from './settings.ts';
import type { Credential, UserState } from './state.ts';
import { warnings } from './warnings.ts';

const on = 'arn:aws:iam::111122223333:user/alice';
const arn = 'arn:aws:iam::111122223333:user/team/alice';
const entity: Entity = {
  key: 'aws:111122223333:alice',
  arn,
  on,
  partition: 'aws',
  account: '111122223333',
  region: '',
  name: 'alice',
};
const principal: PrincipalState = {
  kind: 'user',
  on,
  exists: true,
  name: 'alice',
  arn,
  id: 'AIDAEXAMPLE',
  trusts: [],
  attached: [],
  boundary: null,
  inlineDeny: null,
  conditionalDeny: {},
  conditionalManagedDeny: {},
  marked: false,
};
const credentials: readonly Credential[] = [
  { setting: 'iam.access-key.status', id: 'AKIAACTIVE', status: 'Active' },
  { setting: 'iam.access-key.status', id: 'AKIAINACTIVE', status: 'Inactive' },
  { setting: 'iam.service-specific-credential.status', id: 'ACCA1', status: 'Expired' },
  { setting: 'iam.ssh-public-key.status', id: 'APKA1', status: 'Active' },
  { setting: 'iam.signing-certificate.status', id: 'CERT1', status: 'Active' },
];
const now: UserState = { principal, credentials, unlisted: [] };
const targets = (state: UserState) =>
  plan(state).flatMap(({ changes }) =>
    changes.map((change) => `${change.setting} ${change.on.split('#')[1] ?? ''} ${change.to}`),
  );

test('the immediate deny is wanted by the plan too', () => {
  const [deny] = immediate(entity);
  expect(deny).toMatchObject({ setting: 'iam.principal.inline-deny', on, arn, to: 'deny' });
  expect(plan(now)[0]?.changes[0]).toMatchObject({ ...deny });
});

test('all is one stage: two denies, every credential of every kind, the mark', () => {
  expect(plan(now)).toHaveLength(1);
  expect(targets(now)).toEqual([
    'iam.principal.inline-deny  deny',
    'iam.principal.attached-deny  true',
    'iam.access-key.status AKIAACTIVE Inactive',
    'iam.access-key.status AKIAINACTIVE Inactive',
    'iam.service-specific-credential.status ACCA1 Inactive',
    'iam.ssh-public-key.status APKA1 Inactive',
    'iam.signing-certificate.status CERT1 Inactive',
    'iam.principal.mark  marked',
  ]);
});

test('the plan is the same once it is done', () => {
  const done: UserState = {
    unlisted: [],
    principal: { ...principal, inlineDeny: 'deny', attached: ['arn:aws:iam::aws:policy/AWSDenyAll'], marked: true },
    credentials: credentials.map((each) => ({ ...each, status: 'Inactive' })),
  };
  expect(plan(done)).toEqual(plan(now));
});

test('the tag of another ledger does not stand in the way of ours', () => {
  const theirs: UserState = { ...now, principal: { ...principal, markedBy: 'other' } };
  expect(targets(theirs)).toContain('iam.principal.mark  marked');
});

test('nothing is wanted of a user that is not there', () => {
  expect(plan({ ...now, missing: 'gone' })).toEqual([]);
  expect(plan({ credentials: [], unlisted: [], principal: { ...principal, exists: false } })).toEqual([]);
});

test('release names every setting, and takes the deny off after the credentials are back', () => {
  expect(release.flat().toSorted()).toEqual(Object.keys(settings).toSorted());
  const order = release.map((step) => JSON.stringify(step));
  expect(order.findIndex((step) => step.includes('access-key'))).toBeLessThan(
    order.findIndex((step) => step.includes('inline-deny')),
  );
});

describe('an expired credential', () => {
  const status = settings['iam.service-specific-credential.status'];

  test('counts as inactive while contained, and as what it was on release', () => {
    expect(status.same?.('Expired', 'Inactive')).toBe(true);
    expect(status.same?.('Expired', 'Active')).toBe(true);
    for (const other of ['Active', 'Inactive'] as const) expect(status.same?.(other, 'Expired')).toBe(true);
    expect(status.same?.('Active', 'Inactive')).toBe(false);
  });

  test('is asked of nobody: a status that AWS gives by itself cannot be set', async () => {
    const ctx = {
      mark: 'abcdefghijkl',
      client: () => {
        throw new Error('nothing is to be asked');
      },
    };
    await status.write(ctx, `${on}#ACCA2`, 'Expired', now);
  });

  test('and every other are known by their kind and their id', () => {
    expect(status.read(now, `${on}#ACCA1`)).toBe('Expired');
    expect(status.read(now, `${on}#AKIAACTIVE`)).toBeUndefined();
    expect(settings['iam.access-key.status'].read(now, `${on}#AKIAINACTIVE`)).toBe('Inactive');
  });
});

describe('warnings', () => {
  const said = (state: UserState) =>
    warnings(state, entity)
      .map(({ text }) => text)
      .join('\n');

  test('of what goes on', () => {
    expect(said(now)).toMatch(/minutes/);
    expect(said(now)).toMatch(/roles that the user assumed/);
    expect(said(now)).toMatch(/password/);
    expect(said(now)).not.toMatch(/called|path|quarantine/i);
    expect(warnings(now, entity).some(({ gap }) => gap)).toBe(false);
  });

  test('of nothing where there is no user, or another than was meant', () => {
    expect(warnings({ ...now, missing: 'gone' }, entity)).toEqual([]);
    expect(warnings({ ...now, principal: { ...principal, exists: false } }, entity)).toEqual([]);
  });

  test('of the quarantine policy, which stays', () => {
    const quarantine = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
    const attached = ['arn:aws:iam::aws:policy/ReadOnlyAccess', quarantine];
    expect(said({ ...now, principal: { ...principal, attached } })).toMatch(/QuarantineV3.*stays/s);
    expect(said({ ...now, principal: { ...principal, attached } })).not.toContain('ReadOnlyAccess');
  });

  test('of another path or name', () => {
    expect(said({ ...now, principal: { ...principal, arn: on } })).toContain(`The user's ARN is ${on}`);
    const renamed = said({ ...now, principal: { ...principal, name: 'mallory', arn: on } });
    expect(renamed).toContain('called mallory now');
    expect(renamed).not.toContain("The user's ARN is");
  });
});
