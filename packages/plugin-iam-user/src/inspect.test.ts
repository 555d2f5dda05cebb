import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteUserCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { Context, Entity, Known } from '@entity-lockdown/plugin-api';
import { type Actor, createSandbox, faults, type IamLimits, iamOf, type Sandbox } from '@entity-lockdown/sandbox';
import { describe, expect, test } from 'vitest';
import { inspect } from './inspect.ts';
import { plan } from './plan.ts';
import { type CredentialSetting, credentialKinds } from './settings/credential-status.ts';
import { settings } from './settings.ts';
import { warnings } from './warnings.ts';

const account = '111122223333';
const on = `arn:aws:iam::${account}:user/alice`;
const entity: Entity = { key: `aws:${account}:alice`, arn: on, on, partition: 'aws', account, region: '', name: 'alice' };
const nothingKnown: Known = { targets: [] };

interface Setup {
  readonly sandbox: Sandbox;
  readonly ctx: Context;
  readonly run: Actor['run'];
}

function setUp({ partition = 'aws', ...iam }: Partial<IamLimits> & { partition?: string } = {}): Setup {
  const sandbox = createSandbox({ accounts: [{ id: account, partition }], iam });
  const credentials = sandbox.credentials(`admin:${account}`);
  const region = partition === 'aws-cn' ? 'cn-north-1' : 'us-east-1';
  const ctx: Context = {
    client: (Class) => sandbox.createClient(Class, { region, credentials, maxAttempts: 1 }),
    mark: 'abcdefghijkl',
  };
  return { sandbox, ctx, run: sandbox.as(`admin:${account}`).run };
}

function addUser(run: Actor['run'], name = 'alice', path = '/'): void {
  run(new CreateUserCommand({ UserName: name, Path: path }));
}

/** Some of every kind of credential; one of them inactive. */
function addCredentials(run: Actor['run'], UserName = 'alice'): string {
  run(new CreateAccessKeyCommand({ UserName }));
  const { AccessKey } = run(new CreateAccessKeyCommand({ UserName }));
  run(new UpdateAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
  for (const ServiceName of ['codecommit.amazonaws.com', 'bedrock.amazonaws.com', 'logs.amazonaws.com'])
    run(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  for (const key of ['ssh-rsa AAAA1', 'ssh-rsa AAAA2', 'ssh-rsa AAAA3'])
    run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: key }));
  for (const body of ['one', 'two'])
    run(
      new UploadSigningCertificateCommand({
        UserName,
        CertificateBody: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`,
      }),
    );
  return AccessKey?.AccessKeyId ?? '';
}

const count = (setting: CredentialSetting, credentials: readonly { readonly setting: string }[]): number =>
  credentials.filter((each) => each.setting === setting).length;

describe('one look', () => {
  test('sees every credential of every kind, page after page', async () => {
    const { ctx, run } = setUp({ pageSize: 1 });
    addUser(run);
    addCredentials(run);
    const { exists, id, state } = await inspect(ctx, entity, nothingKnown);
    expect({ exists, id }).toEqual({ exists: true, id: expect.stringMatching(/^AIDA/) });
    expect(Object.keys(credentialKinds).map((kind) => count(kind as CredentialSetting, state.credentials))).toEqual([2, 3, 3, 2]);
    expect(state.credentials.filter(({ status }) => status === 'Inactive')).toHaveLength(1);
  });

  test('asks all at once, and changes nothing', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    addCredentials(run);
    const before = sandbox.dump();
    let waiting = 0;
    let most = 0;
    sandbox.intercept({
      gate: async () => {
        waiting += 1;
        most = Math.max(most, waiting);
        await new Promise((resolve) => setImmediate(resolve));
        waiting -= 1;
      },
    });
    const { targets } = { targets: [{ setting: 'iam.principal.inline-deny', on }] };
    await inspect(ctx, entity, { targets });
    expect(sandbox.calls).toHaveLength(7);
    expect(most).toBe(7);
    expect(sandbox.calls.every(({ mutates }) => !mutates)).toBe(true);
    expect(sandbox.dump()).toEqual(before);
  });

  test('keeps nothing secret', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    addCredentials(run);
    const { state } = await inspect(ctx, entity, nothingKnown);
    const stored = iamOf(sandbox.world, account).users.get('alice');
    const secrets = [
      ...(stored?.accessKeys ?? []).map(({ secret }) => secret),
      ...(stored?.serviceCredentials ?? []).map(({ password }) => password),
    ];
    expect(secrets).toHaveLength(5);
    for (const secret of secrets) expect(JSON.stringify(state)).not.toContain(secret);
  });

  const deny = (sandbox: Sandbox, denied: string) =>
    sandbox.intercept({ before: ({ operation }) => (operation === denied ? faults.denied() : undefined) });

  test('is none without the user itself', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    deny(sandbox, 'GetUser');
    await expect(inspect(ctx, entity, nothingKnown)).rejects.toThrow('Access denied');
  });

  test.each(Object.entries(credentialKinds))(
    'goes on without %s where they may not be listed, but not once it knows some',
    async (kind, { listing }) => {
      const { sandbox, ctx, run } = setUp();
      addUser(run);
      addCredentials(run);
      const [one] = (await inspect(ctx, entity, nothingKnown)).state.credentials.filter(({ setting }) => setting === kind);
      deny(sandbox, listing.replace('iam:', ''));
      const { state } = await inspect(ctx, entity, nothingKnown);
      expect(state.unlisted).toEqual([kind]);
      expect(new Set(state.credentials.map(({ setting }) => setting)).size).toBe(3);
      expect(warnings(state, entity).filter(({ gap }) => gap)).toEqual([{ gap: true, text: expect.stringContaining(listing) }]);
      await expect(inspect(ctx, entity, { targets: [{ setting: kind, on: `${on}#${one?.id}` }] })).rejects.toThrow(
        'Access denied',
      );
    },
  );

  test('is none where a list of credentials is not answered for another reason than that it is denied', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    sandbox.intercept({ before: ({ operation }) => (operation === 'ListAccessKeys' ? faults.throttled() : undefined) });
    await expect(inspect(ctx, entity, nothingKnown)).rejects.toThrow('Rate exceeded');
  });

  test('works in other partitions', async () => {
    const { ctx, run } = setUp({ partition: 'aws-cn' });
    addUser(run);
    run(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: 'arn:aws-cn:iam::aws:policy/AWSDenyAll' }));
    const arn = on.replace('arn:aws:', 'arn:aws-cn:');
    const { state } = await inspect(ctx, { ...entity, arn, on: arn, partition: 'aws-cn' }, nothingKnown);
    expect(settings['iam.principal.attached-deny'].read(state, arn)).toBe(true);
  });
});

describe('which user it is', () => {
  test('a name is one user, whatever the path; users named like segments of the path are others', async () => {
    const { ctx, run } = setUp();
    addUser(run, 'alice', '/team/ops/');
    addUser(run, 'team');
    addUser(run, 'ops');
    const { exists, state } = await inspect(ctx, { ...entity, arn: `arn:aws:iam::${account}:user/team/ops/alice` }, nothingKnown);
    expect(exists).toBe(true);
    expect(state.principal).toMatchObject({ name: 'alice', arn: `arn:aws:iam::${account}:user/team/ops/alice` });
    const moved = await inspect(ctx, entity, nothingKnown);
    expect(moved).toMatchObject({ exists: true, id: state.principal.id });
  });

  test('nobody of the name', async () => {
    const { ctx } = setUp();
    const { exists, missing, state } = await inspect(ctx, entity, nothingKnown);
    expect(exists).toBe(false);
    expect(missing).toContain('no IAM user alice in the account 111122223333');
    expect(plan(state)).toEqual([]);
    // Nor is it the user of before where its id was never learned.
    expect(await inspect(ctx, entity, { id: '', targets: [] })).toMatchObject({ exists: false });
  });

  test('a name in another case is told as AWS spells it', async () => {
    const { ctx, run } = setUp();
    addUser(run, 'Alice');
    const { exists, missing, state } = await inspect(ctx, entity, nothingKnown);
    expect(exists).toBe(false);
    expect(missing).toContain('user/Alice');
    expect(plan(state)).toEqual([]);
    // What was put there in advance can be seen, and be taken away.
    expect(settings['iam.principal.inline-deny'].read(state, on)).toBeNull();
  });

  test('a renamed user is found by its id, and is written to by its new name', async () => {
    const { ctx, run } = setUp({ pageSize: 1 });
    addUser(run);
    addCredentials(run);
    addUser(run, 'bob');
    const { id } = await inspect(ctx, entity, nothingKnown);
    run(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'mallory' }));
    // Somebody else has the old name by now.
    addUser(run, 'alice');
    const renamed = await inspect(ctx, entity, { id, targets: [] });
    expect(renamed).toMatchObject({ exists: true, id, state: { principal: { on, name: 'mallory' } } });
    const changes = plan(renamed.state).flatMap((stage) => stage.changes);
    for (const change of changes) {
      const write = settings[change.setting].write as (...args: unknown[]) => Promise<void>;
      await write(ctx, change.on, change.to, renamed.state);
    }
    const after = await inspect(ctx, entity, { id, targets: changes });
    for (const change of changes) expect(settings[change.setting].read(after.state, change.on)).toBe(change.to);
  });

  test('nobody is looked for while the name is that of the user that was seen', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    const { id } = await inspect(ctx, entity, nothingKnown);
    sandbox.clearCalls();
    const again = await inspect(ctx, entity, { id, targets: [] });
    expect(again).toMatchObject({ exists: true, id });
    for (const key of ['missing', 'markedBy']) expect(again).not.toHaveProperty(key);
    expect(sandbox.calls.map(({ operation }) => operation)).not.toContain('ListUsers');
  });

  test('a user renamed to another case of its name stays the one that was seen', async () => {
    const { ctx, run } = setUp();
    addUser(run);
    const { id } = await inspect(ctx, entity, nothingKnown);
    run(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'ALICE' }));
    expect(await inspect(ctx, entity, { id, targets: [] })).toMatchObject({
      exists: true,
      id,
      state: { principal: { name: 'ALICE' } },
    });
  });

  test('a user made again under the name has another id', async () => {
    const { ctx, run } = setUp();
    addUser(run);
    const { id } = await inspect(ctx, entity, nothingKnown);
    run(new DeleteUserCommand({ UserName: 'alice' }));
    addUser(run);
    const again = await inspect(ctx, entity, { id, targets: [] });
    expect(again.exists).toBe(true);
    expect(again.id).not.toBe(id);
  });

  test('where users may not be listed, a renamed one is missing', async () => {
    const { sandbox, ctx, run } = setUp();
    addUser(run);
    const { id } = await inspect(ctx, entity, nothingKnown);
    run(new UpdateUserCommand({ UserName: 'alice', NewUserName: 'mallory' }));
    sandbox.intercept({ before: ({ operation }) => (operation === 'ListUsers' ? faults.denied() : undefined) });
    expect(await inspect(ctx, entity, { id, targets: [] })).toMatchObject({
      exists: false,
      missing: expect.stringContaining('renamed'),
    });
  });
});

test('an expired credential is left alone', async () => {
  const { sandbox, ctx, run } = setUp();
  addUser(run);
  addCredentials(run);
  const credential = iamOf(sandbox.world, account).users.get('alice')?.serviceCredentials[0];
  if (credential !== undefined) credential.status = 'Expired';
  const { state } = await inspect(ctx, entity, nothingKnown);
  const setting = settings['iam.service-specific-credential.status'];
  const target = `${on}#${credential?.id}`;
  expect(setting.read(state, target)).toBe('Expired');
  sandbox.clearCalls();
  for (const value of ['Inactive', 'Active', 'Expired'] as const) await setting.write(ctx, target, value, state);
  expect(sandbox.calls).toEqual([]);
});
