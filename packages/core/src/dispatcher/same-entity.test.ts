import { expect, test } from 'vitest';
import { box, toyCloud } from '../testing/toy-cloud.ts';
import { toyClock, toyHost } from '../testing/toy-host.ts';
import { toyManifest, toyPlugin } from '../testing/toy-plugin.ts';
import { underAnotherName } from './same-entity.ts';

const red = box('red');

test('an entity of another account or Region is another one, though a plugin gives it the same id', async () => {
  const cloud = toyCloud();
  const { contain, ledger } = toyHost({ plugin: toyPlugin(cloud), clock: toyClock(), objects: new Map() });
  const { record } = await contain(red);
  const is = {
    plugin: toyManifest.id,
    entity: record.entity,
    entityKey: 'by another name',
    entityId: cloud.boxes.get(red) ?? '',
  };
  expect((await underAnotherName(ledger, is))?.id).toBe(record.id);
  for (const place of [{ account: '444455556666' }, { region: 'us-east-1' }])
    expect(await underAnotherName(ledger, { ...is, entity: { ...record.entity, ...place } })).toBeUndefined();
});
