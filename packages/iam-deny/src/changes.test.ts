import { type Change, definePlugin, type Setting, whole } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { conditionalDeny, inlineDeny, markPrincipal, unconditionalDeny } from './changes.ts';
import { denySettings } from './settings.ts';
import type { PrincipalState } from './state.ts';

const role = { on: 'arn:aws:iam::111122223333:role/app', arn: 'arn:aws:iam::111122223333:role/team/app' };
const chain = (change: Change<never> | undefined): readonly string[] => {
  const links: string[] = [];
  for (let link = change as { setting: string; else?: unknown } | undefined; link; link = link.else as typeof link)
    links.push(link.setting);
  return links;
};

test('two denies at once, each with the other and then the boundary in reserve', () => {
  const changes = unconditionalDeny(role);
  expect(changes.map((change) => chain(change as Change<never>))).toEqual([
    ['iam.principal.inline-deny', 'iam.principal.attached-deny', 'iam.principal.boundary'],
    ['iam.principal.attached-deny', 'iam.principal.inline-deny', 'iam.principal.boundary'],
  ]);
  for (const change of changes) expect(change).toMatchObject(role);
});

test('a deny for one source has no wider one in reserve', () => {
  const source = 'arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0';
  const changes = conditionalDeny(role, source);
  expect(changes.map((change) => chain(change as Change<never>))).toEqual([
    ['iam.role.conditional-deny', 'iam.role.conditional-managed-deny'],
  ]);
  expect(changes[0]).toMatchObject({ on: `${role.on}#${source}`, arn: role.arn });
  expect(changes[0]?.title).toContain('i-0123456789abcdef0');
});

test('an ARN that is not known, or says no more than the place, is not written beside it', () => {
  for (const target of [{ on: role.on }, { on: role.on, arn: role.on }])
    expect(inlineDeny(target)).toStrictEqual({
      setting: 'iam.principal.inline-deny',
      on: role.on,
      to: 'deny',
      title: 'Deny everything to the role app by an inline policy',
    });
});

test('the boundary is the policy of the partition', () => {
  const [change] = unconditionalDeny({ on: 'arn:aws-cn:iam::111122223333:user/alice' });
  expect(change?.else?.else?.to).toBe('arn:aws-cn:iam::aws:policy/AWSDenyAll');
});

test('the mark is worth a warning, not a failure', () => {
  expect(markPrincipal(role).optional).toContain('role app');
});

test('the compiler takes the changes for those of a plugin that has the settings among its own', () => {
  interface State {
    readonly role?: PrincipalState;
  }
  const count: Setting<State, number> = { value: whole, read: () => 0, write: async () => {} };
  definePlugin({
    manifest: { api: 1, id: 'a.b', title: 'b', match: [], grants: [] },
    resolve: () => ({ refused: 'x', instead: 'y' }),
    inspect: async () => ({ exists: true, id: '1', state: {} as State }),
    warnings: () => [],
    plan: (now: State) => [
      { title: 's', changes: now.role === undefined ? [] : [...unconditionalDeny(now.role), ...conditionalDeny(now.role, 'x')] },
    ],
    settings: { ...denySettings((now: State) => now.role), 'a.count': count },
  });
  expect(true).toBe(true);
});
