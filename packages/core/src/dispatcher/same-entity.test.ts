import { expect, test } from 'vitest';
import { answered, box, toyCloud } from '../testing/toy-cloud.ts';
import { toyClock, toyHost } from '../testing/toy-host.ts';
import { toyManifest, toyPlugin, want } from '../testing/toy-plugin.ts';
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

test('what is taken back under one name is waited for under the other: it may be the same thing', async () => {
  const [cloud, clock, objects] = [toyCloud(), toyClock(), new Map<string, string>()];
  const RED = box('RED');
  cloud.boxes.set(RED, 'BOX-red');
  const immediate = ({ arn }: { readonly arn: string }) => [want({ setting: 'toy.seal', on: arn }, 'sealed')];
  const plugin = toyPlugin(cloud, { immediate });
  const another = (me: string) => toyHost({ plugin, clock, objects, me });
  cloud.before = ({ name }) => {
    if (name === 'Look') throw answered('AccessDenied', 403);
  };
  expect((await another('process-a').contain(RED)).record.state).toBe('partial');
  const other = another('process-b');
  const states: string[] = [];
  cloud.before = async ({ name, value }) => {
    if (name !== 'SetSeal' || value !== null || states.length > 0) return;
    states.push('begun');
    states.push((await other.dispatcher.contain({ arn: red, by: 'test' })).record.state);
  };
  expect((await another('process-a').release(RED)).record.state).toBe('released');
  expect(states).toEqual(['begun', 'containing']);
  expect((await other.contain(red)).record.state).toBe('contained');
});
