import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { type Context, isUnavailable, type Setting, type Target } from '@entity-lockdown/plugin-api';
import { type Actor, awsError, createSandbox, faults, type IamLimits, type Sandbox } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { conditionalDeny, markPrincipal, unconditionalDeny } from './changes.ts';
import { readPrincipal } from './read.ts';
import { denySettings } from './settings.ts';
import { type PrincipalState, unreadGaps } from './state.ts';

const account = '111122223333';
const role = `arn:aws:iam::${account}:role/team/app`;
const roleOn = `arn:aws:iam::${account}:role/app`;
const user = `arn:aws:iam::${account}:user/alice`;
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const instance = `arn:aws:ec2:us-east-1:${account}:instance/i-0123456789abcdef0`;
const other = `arn:aws:ec2:us-east-1:${account}:instance/i-0fedcba9876543210`;
const mark = 'abcdefghijkl';

const settings = denySettings<PrincipalState>((now, on) => (now.on === on ? now : undefined));
type Link = { readonly setting: string; readonly on: string; readonly to: unknown; readonly else?: Link };

function worldOf(iam: Partial<IamLimits> = {}): { sandbox: Sandbox; ctx: Context; run: Actor['run'] } {
  const sandbox = createSandbox({ accounts: [{ id: account }], iam });
  const credentials = sandbox.credentials(`admin:${account}`);
  const ctx: Context = {
    client: (Class) => sandbox.createClient(Class, { region: 'us-east-1', credentials, maxAttempts: 1 }),
    mark,
  };
  const admin = sandbox.as(`admin:${account}`);
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  admin.run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: JSON.stringify(trust) }));
  admin.run(new CreateUserCommand({ UserName: 'alice' }));
  return { sandbox, ctx, run: admin.run };
}

const settingOf = (name: string) =>
  (settings as unknown as { readonly [name: string]: Setting<PrincipalState, never> })[name] as Setting<PrincipalState, never>;

/** Makes a change as a host does: a link for which there is no room is followed by its `else`. Answers the targets tried. */
async function make(ctx: Context, change: Link, known: readonly Target[] = []): Promise<readonly Target[]> {
  const tried: Target[] = [];
  for (let link: Link | undefined = change; link !== undefined; link = link.else) {
    const { setting, on } = link;
    tried.push({ setting, on });
    const now = await readPrincipal(ctx, on.split('#')[0] ?? '', [...known, ...tried]);
    try {
      await settingOf(setting).write(ctx, on, link.to as never, now);
      return tried;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  throw new Error('no room anywhere');
}

async function makeAll(ctx: Context, changes: readonly unknown[]): Promise<readonly Target[]> {
  const made: Target[] = [];
  for (const change of changes) made.push(...(await make(ctx, change as Link, made)));
  return made;
}

const valueNow = async (ctx: Context, target: Target, known: readonly Target[] = [target]): Promise<unknown> =>
  settingOf(target.setting).read(await readPrincipal(ctx, target.on.split('#')[0] ?? '', known), target.on);

async function undo(ctx: Context, target: Target, from: unknown): Promise<void> {
  const now = await readPrincipal(ctx, target.on.split('#')[0] ?? '', [target]);
  await settingOf(target.setting).write(ctx, target.on, from as never, now);
}

const long = (length: number): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: `arn:aws:s3:::${'x'.repeat(length)}` }],
  });

describe('reading a principal', () => {
  test('a role as it is, in one go, whatever the path in the ARN', async () => {
    const { sandbox, ctx, run } = worldOf();
    run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    run(
      new PutRolePermissionsBoundaryCommand({
        RoleName: 'app',
        PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      }) as never,
    );
    const seen = await readPrincipal(ctx, `arn:aws:sts::${account}:assumed-role/app/session`, []);
    expect(seen).toMatchObject({
      kind: 'role',
      on: roleOn,
      exists: true,
      name: 'app',
      arn: role,
      id: expect.stringMatching(/^AROA/),
      attached: [denyAll],
      boundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      trusts: ['ec2.amazonaws.com'],
      inlineDeny: null,
      marked: false,
    });
    expect(sandbox.calls.map(({ operation }) => operation).toSorted()).toEqual(['GetRole', 'ListAttachedRolePolicies']);
    expect(JSON.parse(JSON.stringify(seen))).toStrictEqual(seen);
    for (const key of ['markedBy', 'unread']) expect(seen).not.toHaveProperty(key);
  });

  test('all pages', async () => {
    const { ctx, run } = worldOf({ pageSize: 1 });
    const policies = ['ReadOnlyAccess', 'AWSDenyAll', 'AdministratorAccess'].map((name) => `arn:aws:iam::aws:policy/${name}`);
    for (const PolicyArn of policies) run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
    expect((await readPrincipal(ctx, user, [])).attached.toSorted()).toEqual(policies.toSorted());
  });

  test('what is not there is no error', async () => {
    const { ctx } = worldOf();
    const seen = await readPrincipal(ctx, `arn:aws:iam::${account}:role/gone`, []);
    expect(seen).toMatchObject({ exists: false, name: 'gone', id: '', attached: [] });
    for (const name of Object.keys(settings)) expect(settingOf(name).read(seen, `${seen.on}#x`)).toBeUndefined();
  });

  const deny = (sandbox: Sandbox, denied: string) =>
    sandbox.intercept({ before: ({ operation }) => (operation === denied ? faults.denied() : undefined) });

  test('without the right to look at the role itself is no look', async () => {
    const { sandbox, ctx } = worldOf();
    deny(sandbox, 'GetRole');
    await expect(readPrincipal(ctx, role, [])).rejects.toThrow('Access denied');
  });

  test('a list of attached policies that is denied is told, and is an error once something rests on it', async () => {
    const { sandbox, ctx, run } = worldOf();
    run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    const target: Target = { setting: 'iam.principal.attached-deny', on: roleOn };
    deny(sandbox, 'ListAttachedRolePolicies');
    const seen = await readPrincipal(ctx, role, []);
    expect(seen.unread).toEqual(['iam:ListAttachedRolePolicies']);
    expect(settings['iam.principal.attached-deny'].read(seen, roleOn)).toBeUndefined();
    expect(unreadGaps(seen)).toEqual([{ gap: true, text: expect.stringContaining('iam:ListAttachedRolePolicies is denied') }]);
    await expect(readPrincipal(ctx, role, [target])).rejects.toThrow('Access denied');
  });

  test('a policy of ours that is denied to be read is neither done nor gone', async () => {
    const { sandbox, ctx } = worldOf();
    const source = conditionalDeny({ on: roleOn }, instance)[0] as Link;
    const made = await makeAll(ctx, [unconditionalDeny({ on: roleOn })[0], source, source.else]);
    for (const target of made) expect(await valueNow(ctx, target)).toBe('deny');
    for (const operation of ['GetRolePolicy', 'GetPolicy']) deny(sandbox, operation);
    for (const target of made) expect(await valueNow(ctx, target)).toBe('altered');
    expect((await readPrincipal(ctx, role, made)).unread).toEqual(['iam:GetPolicy', 'iam:GetRolePolicy']);
  });

  test('policies of ours are read only where the ledger knows them', async () => {
    const { sandbox, ctx } = worldOf();
    const [inline] = unconditionalDeny({ on: roleOn });
    const [made] = await make(ctx, inline as Link);
    sandbox.clearCalls();
    await readPrincipal(ctx, role, []);
    // Nor where it knows that of another principal.
    for (const { setting } of [inline as Link, conditionalDeny({ on: roleOn }, instance)[0] as Link]) {
      const elsewhere = { setting, on: `arn:aws:iam::${account}:role/elsewhere#${instance}` };
      expect(await readPrincipal(ctx, role, [elsewhere])).toMatchObject({ inlineDeny: null, conditionalDeny: {} });
    }
    expect(sandbox.calls.map(({ operation }) => operation)).not.toContain('GetRolePolicy');
    expect(await valueNow(ctx, made as Target)).toBe('deny');
    expect(sandbox.calls.map(({ operation }) => operation)).toContain('GetRolePolicy');
  });
});

describe.each([
  ['user', user, user],
  ['role', role, roleOn],
])('an unconditional deny on a %s', (kind, arn, on) => {
  const changes = unconditionalDeny({ on, arn });

  test('is two policies, and leaves nothing when undone', async () => {
    const { sandbox, ctx } = worldOf();
    const before = sandbox.dump();
    const made = await makeAll(ctx, [...changes, markPrincipal({ on })]);
    expect(made.map(({ setting }) => setting)).toEqual([
      'iam.principal.inline-deny',
      'iam.principal.attached-deny',
      'iam.principal.mark',
    ]);
    const now = await readPrincipal(ctx, arn, made);
    expect(now).toMatchObject({ inlineDeny: 'deny', attached: [denyAll], boundary: null, marked: true });
    for (const target of made) expect(settingOf(target.setting).read(now, target.on)).not.toBeNull();
    // Twice is as good as once, in both directions.
    await makeAll(ctx, changes);
    for (const target of [...made, ...made])
      await undo(ctx, target, target.setting === 'iam.principal.attached-deny' ? false : null);
    expect(sandbox.dump()).toEqual(before);
  });

  test('rests on the inline policy where no more policies can be attached', async () => {
    const { ctx } = worldOf(kind === 'user' ? { attachedPerUser: 0 } : { attachedPerRole: 0 });
    const made = await makeAll(ctx, changes);
    expect(made.map(({ setting }) => setting).at(-1)).toBe('iam.principal.inline-deny');
    expect(await readPrincipal(ctx, arn, made)).toMatchObject({ inlineDeny: 'deny', attached: [], boundary: null });
  });

  test('rests on AWSDenyAll where inline policies have no room', async () => {
    const { ctx, run } = worldOf();
    if (kind === 'user') run(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'p', PolicyDocument: long(1_900) }));
    else run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'p', PolicyDocument: long(10_100) }));
    const made = await makeAll(ctx, changes);
    expect(await readPrincipal(ctx, arn, made)).toMatchObject({ inlineDeny: null, attached: [denyAll], boundary: null });
  });

  test('becomes the boundary where there is room for neither', async () => {
    const { ctx, sandbox } = worldOf({ attachedPerUser: 0, attachedPerRole: 0, inlinePerUser: 10, inlinePerRole: 10 });
    const before = sandbox.dump();
    const made = await makeAll(ctx, changes);
    expect(await readPrincipal(ctx, arn, made)).toMatchObject({ inlineDeny: null, attached: [], boundary: denyAll });
    const boundary: Target = { setting: 'iam.principal.boundary', on };
    expect(made).toContainEqual(boundary);
    await undo(ctx, boundary, null);
    expect(sandbox.dump()).toEqual(before);
  });
});

test('where a partition has no AWSDenyAll, the inline policy counts; a principal that is gone is an error', async () => {
  const { sandbox, ctx } = worldOf();
  const [, attached] = unconditionalDeny({ on: user });
  const message = `Policy ${denyAll} does not exist or is not attachable.`;
  const remove = sandbox.intercept({
    before: ({ operation }) => (operation === 'AttachUserPolicy' ? awsError('NoSuchEntity', message, 404) : undefined),
  });
  const made = await make(ctx, attached as Link);
  expect(await readPrincipal(ctx, user, made)).toMatchObject({ inlineDeny: 'deny', attached: [] });
  remove();
  const [, gone] = unconditionalDeny({ on: `arn:aws:iam::${account}:user/gone` });
  await expect(make(ctx, gone as Link)).rejects.toThrow('cannot be found');
});

test.each([
  ['that may not be attached', user, `not authorized to perform: iam:AttachUserPolicy with policy ${denyAll}`],
  ['on a user that is gone', `arn:aws:iam::${account}:user/gone`, undefined],
])('AWSDenyAll %s is an error, no lack of room', async (_, on, message) => {
  const { sandbox, ctx } = worldOf();
  if (message !== undefined) sandbox.intercept({ before: () => awsError('AccessDenied', message, 403) });
  const error: unknown = await settings['iam.principal.attached-deny']
    .write(ctx, on, true, undefined as never)
    .catch((reason: unknown) => reason);
  expect([error instanceof Error, isUnavailable(error)]).toEqual([true, false]);
});

test('an old boundary is read, and put back', async () => {
  const { sandbox, ctx, run } = worldOf();
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  run(new PutRolePermissionsBoundaryCommand({ RoleName: 'app', PermissionsBoundary }));
  const before = sandbox.dump();
  const target: Target = { setting: 'iam.principal.boundary', on: roleOn };
  const from = await valueNow(ctx, target);
  expect(from).toBe(PermissionsBoundary);
  await make(ctx, { ...target, to: denyAll });
  expect(await valueNow(ctx, target)).toBe(denyAll);
  await undo(ctx, target, from);
  expect(sandbox.dump()).toEqual(before);
});

test('an inline deny that was edited reads as altered, and is put right', async () => {
  const { ctx, run } = worldOf();
  const [inline] = unconditionalDeny({ on: roleOn });
  const [made] = (await make(ctx, inline as Link)) as [Target];
  const PolicyName = `EntityLockdown-${mark}`;
  run(new PutRolePolicyCommand({ RoleName: 'app', PolicyName, PolicyDocument: long(5) }));
  expect(await valueNow(ctx, made)).toBe('altered');
  await make(ctx, inline as Link);
  expect(await valueNow(ctx, made)).toBe('deny');
  run(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName }));
  expect(await valueNow(ctx, made)).toBeNull();
});

test('a renamed user is written to by its present name', async () => {
  const { ctx, run } = worldOf();
  run(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'mallory' }));
  const known = unconditionalDeny({ on: user });
  const now = await readPrincipal(ctx, user, known, 'mallory');
  for (const change of known) await settingOf(change.setting).write(ctx, user, change.to as never, now);
  expect(await readPrincipal(ctx, user, known, 'mallory')).toMatchObject({
    on: user,
    name: 'mallory',
    inlineDeny: 'deny',
    attached: [denyAll],
  });
});

test('without a look, the name in the ARN is written to', async () => {
  const { ctx } = worldOf();
  const [inline] = unconditionalDeny({ on: roleOn });
  await settings['iam.principal.inline-deny'].write(ctx, roleOn, 'deny', undefined as never);
  expect(await valueNow(ctx, inline as Target)).toBe('deny');
});

describe('the mark', () => {
  const on = user;
  const target: Target = { setting: 'iam.principal.mark', on };

  test('of another ledger is told, and not removed', async () => {
    const { sandbox, ctx, run } = worldOf();
    run(new TagUserCommand({ UserName: 'alice', Tags: [{ Key: 'entity-lockdown:theirs123456', Value: 'contained' }] }));
    const before = sandbox.dump();
    expect(await readPrincipal(ctx, user, [])).toMatchObject({ marked: false, markedBy: 'theirs123456' });
    expect(await valueNow(ctx, target)).toBeNull();
    await undo(ctx, target, null);
    expect(sandbox.dump()).toEqual(before);
  });

  test('has no room among too many tags', async () => {
    const { ctx } = worldOf({ tags: 0 });
    await expect(make(ctx, markPrincipal({ on }) as Link)).rejects.toThrow('no room');
  });
});

describe('a deny for one instance alone', () => {
  const change = conditionalDeny({ on: roleOn, arn: role }, instance)[0] as Link;
  const sibling = conditionalDeny({ on: roleOn, arn: role }, other)[0] as Link;
  const managed = (change.else ?? change) as Link;

  test('is one inline policy for each', async () => {
    const { sandbox, ctx } = worldOf();
    const before = sandbox.dump();
    const made = await makeAll(ctx, [change, sibling]);
    expect(made.map(({ setting }) => setting)).toEqual(['iam.role.conditional-deny', 'iam.role.conditional-deny']);
    expect(await valueNow(ctx, made[0] as Target)).toBe('deny');
    // What the ledger does not know yet was put there by nobody.
    expect(await valueNow(ctx, made[0] as Target, [])).toBeNull();
    await undo(ctx, made[0] as Target, null);
    expect(await valueNow(ctx, made[0] as Target)).toBeNull();
    expect(await valueNow(ctx, made[1] as Target)).toBe('deny');
    await undo(ctx, made[1] as Target, null);
    expect(sandbox.dump()).toEqual(before);
  });

  test('is a managed policy where inline policies have no room; nothing is left of it', async () => {
    const { sandbox, ctx } = worldOf({ inlinePerRole: 10 });
    const before = sandbox.dump();
    const made = await make(ctx, change);
    expect(made.map(({ setting }) => setting)).toEqual(['iam.role.conditional-deny', 'iam.role.conditional-managed-deny']);
    const target = made[1] as Target;
    expect(await valueNow(ctx, target)).toBe('deny');
    await make(ctx, managed);
    expect(await valueNow(ctx, target)).toBe('deny');
    await undo(ctx, target, null);
    await undo(ctx, target, null);
    expect(await valueNow(ctx, target)).toBeNull();
    expect(sandbox.dump()).toEqual(before);
  });

  test('a managed policy that was tampered with or detached is put right, and removed with all its versions', async () => {
    const { sandbox, ctx, run } = worldOf();
    const before = sandbox.dump();
    const [target] = (await make(ctx, managed)) as [Target];
    const [PolicyArn] = (await readPrincipal(ctx, role, [])).attached;
    for (let version = 0; version < 4; version += 1)
      run(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: long(5), SetAsDefault: true }));
    expect(await valueNow(ctx, target)).toBe('altered');
    await make(ctx, managed);
    expect(await valueNow(ctx, target)).toBe('deny');
    expect(run(new GetPolicyCommand({ PolicyArn }))).toMatchObject({ Policy: { AttachmentCount: 1 } });
    expect(run(new ListPolicyVersionsCommand({ PolicyArn }))).toHaveProperty('Versions.length', 2);
    await undo(ctx, target, null);
    expect(sandbox.dump()).toEqual(before);
  });

  test('nothing of the policy is left behind where it cannot be attached, and nothing wider is done', async () => {
    const { sandbox, ctx } = worldOf({ inlinePerRole: 10, attachedPerRole: 0 });
    const before = sandbox.dump();
    await expect(make(ctx, change)).rejects.toThrow('no room anywhere');
    expect(sandbox.dump()).toEqual(before);
  });

  test.each(['CreatePolicy', 'AttachRolePolicy'])(
    'a managed policy without the right to %s is an error: room there is',
    async (denied) => {
      const { sandbox, ctx } = worldOf();
      sandbox.intercept({ before: ({ operation }) => (operation === denied ? faults.denied() : undefined) });
      await expect(make(ctx, managed)).rejects.toThrow('Access denied');
      // What was made stays, to be attached by the next attempt.
      expect(await valueNow(ctx, managed)).toBe(denied === 'CreatePolicy' ? null : 'altered');
    },
  );

  test('where the account has no room for a policy, that is no failure either', async () => {
    const { sandbox, ctx, run } = worldOf({ inlinePerRole: 10, customerPolicies: 1 });
    run(new CreatePolicyCommand({ PolicyName: 'theirs', PolicyDocument: long(5) }));
    const before = sandbox.dump();
    await expect(make(ctx, change)).rejects.toThrow('no room anywhere');
    expect(sandbox.dump()).toEqual(before);
  });
});
