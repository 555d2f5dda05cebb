import { bool, definePlugin, type Entity } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import type { Host } from './dispatcher/work.ts';
import { createLedger } from './ledger/ledger.ts';
import type { ContainmentRecord, RecordTarget } from './ledger/record.ts';
import type { Entry } from './ledger/resource.ts';
import { memoryStore } from './store/memory-store.ts';
import { verify } from './verify.ts';

const entity: Entity = {
  key: 'aws:111122223333:lamp',
  arn: 'arn:aws:lights::111122223333:lamp/lamp',
  partition: 'aws',
  account: '111122223333',
  region: '',
  name: 'lamp',
};
const on = (part: string): string => `${entity.arn}#${part}`;

/** What is seen of the lamp: its switches, by part. */
interface Lamp {
  readonly id: string;
  readonly switches: { readonly [on: string]: boolean };
}

const plugin = (lamp: Lamp | undefined) =>
  definePlugin({
    manifest: { api: 1, id: 'lights.lamp', title: 'Lamp', match: ['arn:*:lights::*:lamp/*'], grants: [] },
    resolve: () => entity,
    inspect: async () => ({
      exists: lamp !== undefined,
      id: lamp?.id ?? '',
      state: lamp ?? { id: '', switches: {} },
    }),
    plan: (now: Lamp) => [
      {
        title: 'Off',
        changes: Object.keys(now.switches).map((key) => ({
          setting: 'lights.switch' as const,
          on: key,
          to: false,
          title: `Off: ${key}`,
        })),
      },
    ],
    warnings: () => [{ text: 'It is dark.' }],
    settings: { 'lights.switch': { value: bool, read: (now: Lamp, key) => now.switches[key], write: async () => {} } },
  });

function target(part: string): RecordTarget {
  return { setting: 'lights.switch', on: on(part), title: `Off: ${part}`, path: [false], stage: 0, dwell: 0 };
}

const record: ContainmentRecord = {
  id: '0000000000000000-aaaaaaaa',
  entityKey: 'lights.lamp:aws:111122223333:lamp',
  entity,
  entityId: 'L1',
  plugin: { id: 'lights.lamp', package: 'lamp', version: '1.0.0' },
  state: 'contained',
  holds: { default: { by: 'test', at: '2026-11-24T00:00:00.000Z', options: {}, messages: [] } },
  handled: [],
  owner: { id: 'x', until: 0 },
  epoch: 1,
  prev: 0,
  targets: [target('a'), target('b'), target('c')],
  warnings: [],
  failures: [],
  events: [],
};

const entry = (...wanting: readonly string[]): Entry => ({
  from: true,
  wants: Object.fromEntries(wanting.map((id) => [id, { path: [false], epoch: 1 }])),
  phase: 'held',
  at: 0,
});

async function verified(lamp: Lamp | undefined) {
  const ledger = createLedger(memoryStore(), (length) => 'r'.repeat(length));
  const made = plugin(lamp);
  await ledger.putResource(
    {
      arn: entity.arn,
      entries: {
        [`lights.switch ${on('a')}`]: entry(record.id, 'other'),
        [`lights.switch ${on('b')}`]: entry(record.id),
      },
    },
    undefined,
  );
  const host = {
    registry: { plugins: [{ manifest: made.manifest, package: { name: 'lamp', version: '1.0.0' }, load: async () => made }] },
    ledger,
    access: { open: async () => ({ actor: 'arn:aws:iam::111122223333:user/x', client: () => undefined }) },
    clock: { now: () => 0 },
  } as unknown as Host;
  return await verify(host, record);
}

test('says where each target stands, and what a containment would still do', async () => {
  const seen = await verified({ id: 'L1', switches: { [on('a')]: false, [on('b')]: true, [on('new')]: true } });
  expect(seen.targets.map(({ standing, from, alsoWantedBy }) => ({ standing, from, alsoWantedBy }))).toEqual([
    { standing: 'contained', from: true, alsoWantedBy: ['other'] },
    { standing: 'original', from: true, alsoWantedBy: [] },
    { standing: 'gone', from: undefined, alsoWantedBy: [] },
  ]);
  expect(seen.outstanding).toEqual([{ setting: 'lights.switch', on: on('new'), title: `Off: ${on('new')}` }]);
  expect(seen.warnings).toEqual([{ text: 'It is dark.' }]);
  expect(seen.replacedBy).toBeUndefined();
});

test('says when another entity has its name, or none', async () => {
  expect((await verified({ id: 'L2', switches: {} })).replacedBy).toBe('L2');
  expect(await verified(undefined)).toMatchObject({ exists: false, missing: expect.stringContaining('does not exist') });
});
