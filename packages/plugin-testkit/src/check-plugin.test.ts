import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient, TagQueueCommand } from '@aws-sdk/client-sqs';
import { isAccessDenied, type Plugin } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { checkPlugin } from './check-plugin.ts';
import { manifestIsPackaged } from './checks/manifest.ts';
import { type ConformanceOptions, subjectOf } from './subject.ts';
import { grants, itself, lockedPolicy, manifest, parts, queuePlugin } from './testing/queue-plugin.ts';
import { plantedSecret, queueOptions, queueWorlds } from './testing/queue-worlds.ts';

/** A plugin that is right but for the parts given. */
function broken(other: { readonly [part in keyof Plugin]?: unknown }): Plugin {
  return { ...queuePlugin, ...other } as Plugin;
}

function brokenSetting(name: keyof typeof parts.settings, other: object): Plugin {
  return broken({ settings: { ...parts.settings, [name]: { ...parts.settings[name], ...other } } });
}

function withGrants(...other: readonly object[]): Plugin {
  return broken({ manifest: { ...manifest, grants: other } });
}

const options: ConformanceOptions = { ...queueOptions, stops: 6 };

async function faultsOf(plugin: Plugin, worlds = queueWorlds): Promise<string> {
  const faults = await checkPlugin(plugin, { ...options, worlds });
  return faults.map(({ check, fault }) => `${check}: ${fault}`).join('\n');
}

test('a plugin that is right has no fault', async () => {
  expect(await faultsOf(queuePlugin)).toBe('');
});

const url = (arn: string): string => arn.replace(/^arn:aws:sqs:([^:]+):(\d+):(.+)$/, 'https://sqs.$1.amazonaws.com/$2/$3');
const deny = parts.plan({ arn: 'x', policy: null, delay: 0, mark: null })[0]?.changes[0];
let calls = 0;
let written = false;

const cases: readonly {
  readonly fault: string;
  readonly plugin: Plugin;
  readonly says: RegExp;
  readonly worlds?: typeof queueWorlds;
}[] = [
  {
    fault: 'calls what it does not declare',
    plugin: withGrants(...grants.filter(({ actions }) => !actions.includes('sqs:TagQueue'))),
    says: /sqs:TagQueue needs sqs:TagQueue in the session that is to contain .* no grant for it declares that/,
  },
  {
    fault: 'declares an action for one session alone, and calls it in both',
    plugin: withGrants({ ...grants[1], sessions: ['contain'] }, ...grants.filter((_, at) => at !== 1)),
    says: /needs sqs:SetQueueAttributes in the session that is to release/,
  },
  {
    fault: 'declares an action that does not exist',
    plugin: withGrants(...grants, { ...grants[0], actions: ['sqs:GetQueueAttribute'] }),
    says: /There is no IAM action sqs:GetQueueAttribute\./,
  },
  {
    fault: 'declares a wildcard',
    plugin: withGrants(...grants, { ...grants[0], actions: ['sqs:Get*'] }),
    says: /sqs:Get\* has a wildcard/,
  },
  {
    fault: 'declares what it never calls',
    plugin: withGrants(...grants, { ...grants[0], actions: ['sqs:PurgeQueue'] }),
    says: /sqs:PurgeQueue is declared for the session that is to contain, and no world uses it/,
  },
  {
    fault: 'declares resources that it does not touch',
    plugin: withGrants(...grants.map((grant) => ({ ...grant, resources: ['arn:{partition}:sqs:{region}:{account}:other'] }))),
    says: /denied although declared: the resources or conditions of the grants of sqs:GetQueueAttributes do not fit/,
  },
  {
    fault: 'has a placeholder that nobody fills in',
    plugin: withGrants({ ...grants[0], resources: ['arn:{partition}:sqs:{zone}:{account}:{name}'] }, ...grants.slice(1)),
    says: /unknown placeholder \{zone\}/,
  },
  {
    fault: 'has a manifest that is no data',
    plugin: broken({ manifest: { ...manifest, hints: new Map() } }),
    says: /The manifest is not plain JSON data/,
  },
  {
    fault: 'throws in resolve',
    plugin: broken({
      resolve: (reference: Parameters<typeof parts.resolve>[0]) => {
        if (reference.arn.resource.includes('/')) throw new Error('no slash, please');
        return parts.resolve(reference);
      },
    }),
    says: /resolve throws for arn:.*no slash, please/,
  },
  {
    fault: 'has keys without the account',
    plugin: broken({
      resolve: (reference: Parameters<typeof parts.resolve>[0]) => {
        const answer = parts.resolve(reference);
        return 'refused' in answer ? answer : { ...answer, key: answer.name };
      },
    }),
    says: /answers the key orders for two accounts/,
  },
  {
    fault: 'changes something in inspect',
    plugin: broken({
      inspect: async (...args: Parameters<typeof parts.inspect>) => {
        await args[0].client(SQSClient).send(new TagQueueCommand({ QueueUrl: url(args[1].arn), Tags: { seen: 'yes' } }));
        return await parts.inspect(...args);
      },
    }),
    says: /inspect calls sqs:TagQueue before anything is contained, which changes something/,
  },
  {
    fault: 'plans by something else than what was seen',
    plugin: broken({
      plan: (state: Parameters<typeof parts.plan>[0]) => {
        calls += 1;
        return parts.plan(state).map((stage) => ({ ...stage, title: `${stage.title} (${calls})` }));
      },
    }),
    says: /plan wants something else when it is asked again/,
  },
  {
    fault: 'changes the state in plan',
    plugin: broken({
      plan: (state: { delay: number } & Parameters<typeof parts.plan>[0]) => {
        Object.assign(state, { delay: 0 });
        return parts.plan(state);
      },
    }),
    says: /plan throws on what must not be changed/,
  },
  {
    fault: 'no longer wants what is so already',
    plugin: broken({
      plan: (state: Parameters<typeof parts.plan>[0]) =>
        parts.plan(state).map((stage) => ({
          ...stage,
          changes: stage.changes.map((change) =>
            change.setting === 'test.queue.policy' && state.policy !== null ? { ...change, to: `${state.policy} ` } : change,
          ),
        })),
    }),
    worlds: queueWorlds.slice(1, 2),
    says: /ended as partial, not as contained\. It said: Set again and again, and still not as wanted/,
  },
  {
    fault: 'does in advance what it does not plan',
    plugin: broken({
      plan: (state: Parameters<typeof parts.plan>[0]) =>
        parts.plan(state).map((stage) => ({ ...stage, changes: stage.changes.slice(0, 1) })),
    }),
    says: /immediate changes test\.queue\.mark of .*, and plan does not want it so/,
  },
  {
    fault: 'does in advance what it does not create',
    plugin: brokenSetting('test.queue.mark', { marked: undefined }),
    says: /immediate changes test\.queue\.mark, which is not `marked`/,
  },
  {
    fault: 'has an else that nobody tries',
    plugin: queuePlugin,
    worlds: queueWorlds.filter(({ title }) => title !== 'no room for a policy'),
    says: /No world reaches the else in test\.queue\.policy -> test\.queue\.delay/,
  },
  {
    fault: 'writes something else than it is given',
    plugin: brokenSetting('test.queue.policy', {
      write: async (...[ctx, on, value]: Parameters<(typeof parts.settings)['test.queue.policy']['write']>) => {
        const Policy = value === null ? '' : `${value}\n`;
        await ctx.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: url(on), Attributes: { Policy } }));
      },
    }),
    says: /test\.queue\.policy of .* reads .* after .* was written\. Read must answer what write sets/,
  },
  {
    fault: 'cannot write twice',
    plugin: brokenSetting('test.queue.delay', {
      write: async (...[ctx, on, value, now]: Parameters<(typeof parts.settings)['test.queue.delay']['write']>) => {
        if (now.delay === value) throw new Error('it is so already');
        await parts.settings['test.queue.delay'].write(ctx, on, value, now);
      },
    }),
    says: /test\.queue\.delay of .* cannot be written twice: .*it is so already/,
  },
  {
    fault: 'changes more than it puts back',
    plugin: brokenSetting('test.queue.mark', {
      write: async (...[ctx, on, value, now]: Parameters<(typeof parts.settings)['test.queue.mark']['write']>) => {
        await parts.settings['test.queue.mark'].write(ctx, on, value, now);
        await ctx.client(SQSClient).send(new TagQueueCommand({ QueueUrl: url(on), Tags: { touched: 'yes' } }));
      },
    }),
    says: /contained and released, is not as it was: .*touched was not there and is "yes"/,
  },
  {
    fault: 'has a check that its own values do not pass',
    plugin: brokenSetting('test.queue.policy', { value: parts.settings['test.queue.delay'].value }),
    says: /The check of test\.queue\.policy does not let .* pass/,
  },
  {
    fault: 'takes a denied read for nothing to do',
    plugin: broken({
      inspect: async (...args: Parameters<typeof parts.inspect>) => {
        try {
          return await parts.inspect(...args);
        } catch (error) {
          if (!isAccessDenied(error)) throw error;
          return {
            exists: true,
            id: args[1].arn,
            state: { arn: args[1].arn, policy: lockedPolicy, delay: 0, mark: 'contained' },
          };
        }
      },
    }),
    says: /with sqs:GetQueueAttributes denied, it says contained all the same/,
  },
  {
    fault: 'says nothing of what it could not do',
    plugin: broken({ warnings: () => [] }),
    says: /with sqs:ListQueueTags denied, no warning says what was lost/,
  },
  {
    fault: 'remembers between two runs',
    plugin: brokenSetting('test.queue.policy', {
      write: async (...[ctx, on, value, now]: Parameters<(typeof parts.settings)['test.queue.policy']['write']>) => {
        if (value !== null && written) throw new Error('it was written before');
        written = value !== null;
        await parts.settings['test.queue.policy'].write(ctx, on, value, now);
      },
    }),
    says: /stopped before AWS: .*the next run ended as partial/,
  },
  {
    fault: 'tells a secret',
    plugin: broken({ warnings: () => [{ text: `The queue has the tag token=${plantedSecret}.` }] }),
    says: /the secret plan\.\.\. is told or stored/,
  },
  {
    fault: 'does nothing',
    plugin: broken({ plan: () => [], immediate: () => [] }),
    says: /"no policy" ended as partial, not as contained/,
  },
  {
    fault: 'releases by a setting that it does not have',
    plugin: broken({ release: ['test.queue.polcy'] }),
    says: /release names the setting test\.queue\.polcy, which the plugin does not have/,
  },
  {
    fault: 'touches what it refuses',
    plugin: broken({
      inspect: async (...args: Parameters<typeof parts.inspect>) => {
        const seen = await parts.inspect(...args);
        if (!seen.exists) await args[0].client(SQSClient).send(new CreateQueueCommand({ QueueName: 'none' }));
        return seen;
      },
    }),
    says: /"no queue" was refused, and still something was changed/,
  },
  {
    fault: 'never stops wanting more',
    plugin: broken({
      plan: (state: Parameters<typeof parts.plan>[0]) => {
        const more = { setting: 'test.queue.delay', on: state.arn, to: 900, title: 'Delay what is sent' };
        return parts
          .plan(state)
          .map((stage) => ({ ...stage, changes: state.policy === lockedPolicy ? [...stage.changes, more] : stage.changes }));
      },
    }),
    says: /plan wants test\.queue\.delay .* only once the rest is contained/,
  },
  {
    fault: 'writes whenever it looks',
    plugin: broken({
      inspect: async (...args: Parameters<typeof parts.inspect>) => {
        await args[0].client(SQSClient).send(new TagQueueCommand({ QueueUrl: url(args[1].arn), Tags: { seen: 'yes' } }));
        return await parts.inspect(...args);
      },
    }),
    says: /was contained, and containing it again called sqs:TagQueue/,
  },
  {
    fault: 'gives what is done in advance an else',
    plugin: broken({
      immediate: (entity: Parameters<typeof parts.immediate>[0]) =>
        parts.immediate(entity).map((change) => ({ ...change, else: deny })),
    }),
    says: /immediate gives test\.queue\.mark an `else`/,
  },
  {
    fault: 'has a key for each spelling',
    plugin: broken({
      resolve: (reference: Parameters<typeof parts.resolve>[0]) => {
        const answer = parts.resolve(reference);
        return 'refused' in answer ? answer : { ...answer, key: reference.text };
      },
    }),
    worlds: queueWorlds.map((world) => ({ ...world, spellings: (arn) => [arn.replace('orders', 'Orders')] })),
    says: /Orders and .*orders have two keys/,
  },
  {
    fault: 'takes any policy for the same',
    plugin: brokenSetting('test.queue.policy', { same: (a: string | null, b: string | null) => (a === null) === (b === null) }),
    worlds: queueWorlds.slice(0, 1).map((world) => ({
      ...world,
      drift: ({ run }, arn) => {
        run(new SetQueueAttributesCommand({ QueueUrl: url(arn), Attributes: { Policy: '{"Statement":[]}' } }), 'eu-west-1');
      },
    })),
    says: /test\.queue\.policy .* was changed by somebody else, and release reports it as restored, not as drift/,
  },
  {
    fault: 'has a drift that changes nothing',
    plugin: queuePlugin,
    worlds: queueWorlds.map((world) => ({ ...world, drift: () => {} })),
    says: /`drift` changes no setting that is contained/,
  },
  {
    fault: 'takes what was there for its own',
    plugin: brokenSetting('test.queue.policy', { marked: true }),
    says: /contained and released, is not as it was: .*policy was .* and is not there/,
  },
];

test.each(cases)('a plugin that $fault is caught', async ({ plugin, says, worlds }) => {
  written = false;
  expect(await faultsOf(plugin, worlds)).toMatch(says);
});

test('a package that no host would find is caught', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'testkit-'));
  try {
    const file = join(folder, 'package.json');
    const say = async (body: object): Promise<string> => {
      await writeFile(file, JSON.stringify(body));
      const faults = await manifestIsPackaged.run(subjectOf(queuePlugin, { ...options, package: pathToFileURL(file) }));
      return faults.join('\n');
    };
    const whole = {
      keywords: ['entity-lockdown-plugin'],
      entityLockdown: { api: 1, manifest: './manifest.json' },
      peerDependencies: { '@entity-lockdown/plugin-api': '*' },
    };
    expect(await say({})).toMatch(/lacks "entityLockdown".*lacks the keyword.*peerDependencies/s);
    expect(await say(whole)).toBe('');
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, title: 'old' }));
    expect(await say(whole)).toMatch(/is not the manifest of the code: title was "old" and is "queue"\. Build the package again/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is declared twice, and optional once, is required', async () => {
  const faults = await faultsOf(withGrants(...grants, { ...grants[3], optional: undefined, resources: itself }));
  expect(faults).toMatch(/with sqs:TagQueue denied, it says contained all the same/);
});

test('the change of the example is the one that is broken above', () => {
  expect(deny?.setting).toBe('test.queue.policy');
});
