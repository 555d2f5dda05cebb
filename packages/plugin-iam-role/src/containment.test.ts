import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { type Dispatcher, type Progress, policyFor } from '@entity-lockdown/core';
import { createTestHost, registryOf, type TestClock, testClock } from '@entity-lockdown/plugin-testkit';
import { type Actor, createSandbox, faults, type IamLimits, iamOf, type Sandbox } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import plugin from './index.ts';
import { manifest } from './manifest.ts';
import { bound, denyAll, fillInline, populate, trust } from './testing/worlds.ts';

const account = '111122223333';
const arn = `arn:aws:iam::${account}:role/team/ops/app`;

interface Setup {
  readonly sandbox: Sandbox;
  readonly run: Actor['run'];
  readonly dispatcher: Dispatcher;
  contain(arn: string, incident?: string): Promise<Progress>;
  release(arn: string, incident?: string): Promise<Progress>;
}

/** The real core and the real SDK over the sandbox. Time passes when it is looked at, and while somebody waits. */
function setUp(iam: Partial<IamLimits> = {}): Setup {
  const stopped = testClock();
  const clock: TestClock = {
    now: () => {
      stopped.turn(1);
      return stopped.now();
    },
    turn: stopped.turn,
  };
  const sandbox = createSandbox({ accounts: [{ id: account }], iam, now: clock.now });
  const as = `admin:${account}`;
  const { run } = sandbox.as(as);
  const { dispatcher, contain, release } = createTestHost({ sandbox, clock, registry: registryOf(plugin), as });
  populate({ sandbox, run, account });
  return {
    sandbox,
    run,
    dispatcher,
    contain: (arn, incident) => contain(arn, incident === undefined ? {} : { incident }),
    release: (arn, incident) => release(arn, incident === undefined ? {} : { incident }),
  };
}

const roleOf = (sandbox: Sandbox, name = 'app') => {
  const role = iamOf(sandbox.world, account).roles.get(name);
  if (role === undefined) throw new Error(`no role ${name}`);
  return role;
};
const tryOut = (sandbox: Sandbox, credentials: ReturnType<Sandbox['credentials']>) =>
  sandbox.createClient(IAMClient, { region: 'us-east-1', credentials, maxAttempts: 1 }).send(new ListUsersCommand({}));
const session = (sandbox: Sandbox, role: string, name: string) =>
  sandbox.credentials(`arn:aws:sts::${account}:assumed-role/${role}/${name}`);

describe('contained and released', () => {
  test('old and new sessions are denied, nobody else is; then it is as it was, to the last bit', async () => {
    const { sandbox, contain, release } = setUp();
    const before = sandbox.dump();
    const old = session(sandbox, 'app', 'before');
    await expect(tryOut(sandbox, old)).resolves.toBeDefined();

    expect((await contain(arn)).record).toMatchObject({ state: 'contained', failures: [] });
    expect(roleOf(sandbox).attached).toEqual([denyAll]);
    expect([...roleOf(sandbox).inline.keys()]).toEqual(['everything', expect.stringMatching(/^EntityLockdown-/)]);
    await expect(tryOut(sandbox, old)).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
    await expect(tryOut(sandbox, session(sandbox, 'app', 'after'))).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied/),
    });
    for (const decoy of ['team', 'ops', 'role']) {
      await expect(tryOut(sandbox, session(sandbox, decoy, 'sibling'))).resolves.toBeDefined();
      expect([roleOf(sandbox, decoy).attached, roleOf(sandbox, decoy).inline.size]).toEqual([[], 1]);
    }

    expect((await release(arn)).record.state).toBe('released');
    expect(sandbox.dump()).toEqual(before);
    await expect(tryOut(sandbox, old)).resolves.toBeDefined();
  });

  test('each of the two denies is enough', async () => {
    const { sandbox, run, contain } = setUp();
    await contain(arn);
    const stolen = session(sandbox, 'app', 'x');
    const [, ours] = roleOf(sandbox).inline.keys();
    run(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    await expect(tryOut(sandbox, stolen)).rejects.toThrow();
    await contain(arn);
    run(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: ours }));
    await expect(tryOut(sandbox, stolen)).rejects.toThrow();
    expect((await contain(arn)).record.state).toBe('contained');
    expect(roleOf(sandbox).inline.size).toBe(2);
  });

  test('a session names its role, is one entity with it, and says that all sessions are meant', async () => {
    const { sandbox, contain, release } = setUp();
    const before = sandbox.dump();
    const { record } = await contain(`arn:aws:sts::${account}:assumed-role/app/mallory`, 'one');
    expect(record.state).toBe('contained');
    expect(record.warnings[0]?.text).toContain('All sessions of the role app are meant, not only mallory');
    expect((await contain(arn, 'two')).record.id).toBe(record.id);
    await release(arn, 'one');
    await release(arn, 'two');
    expect(sandbox.dump()).toEqual(before);
  });

  test('AWSDenyAll that was attached before stays', async () => {
    const { sandbox, run, contain, release } = setUp();
    run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    const before = sandbox.dump();
    await contain(arn);
    await release(arn);
    expect(sandbox.dump()).toEqual(before);
  });

  test.each([
    ['to attach a policy', { attachedPerRole: 0 }, false, { attached: 0, inline: true, boundary: false }],
    ['for an inline policy', {}, true, { attached: 1, inline: false, boundary: false }],
    ['for either', { attachedPerRole: 0 }, true, { attached: 0, inline: false, boundary: true }],
  ])('no room %s', async (_, limits, isFull, expected) => {
    const { sandbox, run, contain, release } = setUp(limits);
    if (isFull) fillInline({ run });
    bound({ run });
    const before = sandbox.dump();
    expect((await contain(arn)).record).toMatchObject({ state: 'contained', failures: [] });
    const { attached, inline, boundary } = roleOf(sandbox);
    expect({
      attached: attached.length,
      inline: [...inline.keys()].some((name) => name.startsWith('EntityLockdown-')),
      boundary: boundary === denyAll,
    }).toEqual(expected);
    await expect(tryOut(sandbox, session(sandbox, 'app', 'x'))).rejects.toThrow();
    await release(arn);
    expect(sandbox.dump()).toEqual(before);
  });
});

describe('which role', () => {
  test('with another path it is another role: nothing is left on the one of the name', async () => {
    const { sandbox, contain } = setUp();
    const before = sandbox.dump();
    for (const other of ['role/app', 'role/elsewhere/app', 'role/team/ops/App', 'role/nobody']) {
      const { record } = await contain(`arn:aws:iam::${account}:${other}`);
      expect([other, record.state, record.failures[0]?.code]).toEqual([other, 'refused', 'no-such-entity']);
    }
    expect(sandbox.dump()).toEqual(before);
  });

  test('made again under its name while it was contained, it is left alone', async () => {
    const { sandbox, run, contain, release } = setUp();
    await contain(arn);
    for (const name of roleOf(sandbox).inline.keys()) run(new DeleteRolePolicyCommand({ RoleName: 'app', PolicyName: name }));
    run(new DetachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    run(new DeleteRoleCommand({ RoleName: 'app' }));
    run(new CreateRoleCommand({ RoleName: 'app', Path: '/team/ops/', AssumeRolePolicyDocument: trust }));
    run(new AttachRolePolicyCommand({ RoleName: 'app', PolicyArn: denyAll }));
    const before = sandbox.dump();
    const { record } = await contain(arn);
    expect(record.state).toBe('partial');
    expect(record.failures[0]?.code).toBe('entity-replaced');
    await release(arn);
    expect(sandbox.dump()).toEqual(before);
  });

  test('a service-linked role is refused before any call', async () => {
    const { sandbox, run, contain } = setUp();
    run(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
    const linked = `arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForEcs`;
    await expect(contain(linked)).rejects.toThrow('service-linked');
    expect(sandbox.calls).toEqual([]);
  });
});

test('a plan changes nothing and says what would be done', async () => {
  const { sandbox, dispatcher } = setUp();
  const before = sandbox.dump();
  const { stages, warnings } = await dispatcher.plan({ arn, by: 'test' });
  expect(stages.flatMap(({ changes }) => changes.map(({ title, done }) => `${title}${done ? ' (done)' : ''}`))).toEqual([
    'Deny everything to the role app by an inline policy',
    'Attach AWSDenyAll to the role app',
    'Tag the role app as contained',
  ]);
  expect(warnings.map(({ text }) => text).join('\n')).toContain('lambda.amazonaws.com');
  expect(sandbox.dump()).toEqual(before);
});

test('the grants cover every call, for each purpose', async () => {
  const { sandbox, contain, release } = setUp();
  for (const [purpose, go] of [
    ['contain', () => contain(arn)],
    ['release', () => release(arn)],
  ] as const) {
    sandbox.clearCalls();
    await go();
    const granted = new Set(policyFor([manifest], purpose, {}).Statement.flatMap(({ Action }) => Action));
    const called = new Set(
      sandbox.calls.flatMap(({ actions }) => actions).filter((action) => action !== 'sts:GetCallerIdentity'),
    );
    expect([...called].filter((action) => !granted.has(action))).toEqual([]);
  }
});

test('without the right to attach, the inline policy still cuts, and the missing right is named', async () => {
  const { sandbox, contain } = setUp();
  sandbox.intercept({ before: ({ operation }) => (operation === 'AttachRolePolicy' ? faults.denied() : undefined) });
  const { record } = await contain(arn);
  expect(record.state).toBe('partial');
  expect(JSON.stringify(record.failures)).toContain('iam:AttachRolePolicy');
  await expect(tryOut(sandbox, session(sandbox, 'app', 'x'))).rejects.toThrow();
});
