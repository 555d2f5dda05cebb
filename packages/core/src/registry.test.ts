import type { Entity, Plugin } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { entityKey, type RegisteredPlugin, type Registry, resolve, shown } from './registry.ts';
import { box, toyCloud } from './testing/toy-cloud.ts';
import { toyManifest, toyPlugin } from './testing/toy-plugin.ts';

const toy = toyPlugin(toyCloud());

function registered(name: string, plugin: Plugin, more: Partial<Plugin['manifest']> = {}): RegisteredPlugin {
  return {
    manifest: { ...plugin.manifest, ...more },
    package: { name, version: '1.0.0' },
    load: async () => plugin,
  };
}

const registry = (...plugins: readonly RegisteredPlugin[]): Registry => ({ plugins });

async function failureFor(given: string, of: Registry) {
  return await resolve(of, given).then(
    () => {
      throw new Error('it was resolved');
    },
    (error: { kind: string; failure: object }) => ({ kind: error.kind, ...error.failure }),
  );
}

test('an ARN is one entity of one plugin', async () => {
  const { entity, plugin, registered: from } = await resolve(registry(registered('toy', toy)), box('red'));
  expect(entity).toMatchObject({ arn: box('red'), account: '111122223333', name: 'red' });
  expect(plugin).toBe(toy);
  expect(from.package.name).toBe('toy');
  expect(entityKey(from.manifest, entity)).toBe('toy.box:aws:111122223333:red');
});

test('what two plugins claim is refused, and both are named: nothing is left to the order of a list', async () => {
  const failure = await failureFor(box('red'), registry(registered('first', toy), registered('second', toy)));
  expect(failure).toMatchObject({ kind: 'refused', code: 'ambiguous' });
  expect(JSON.stringify(failure)).toMatch(/first and second/);
});

test('where one plugin claims it and another refuses it, it is the first one’s', async () => {
  const refusing = { ...toy, resolve: () => ({ refused: 'Not mine.', instead: 'Ask another.' }) } as Plugin;
  const found = await resolve(registry(registered('refusing', refusing), registered('toy', toy)), box('red'));
  expect(found.registered.package.name).toBe('toy');
});

test('a plugin’s refusal is told in its words', async () => {
  expect(await failureFor(box('none'), registry(registered('toy', toy)))).toMatchObject({
    kind: 'invalid',
    code: 'not-an-entity',
    message: 'No box has that name.',
    next: 'Give the ARN of a box.',
  });
});

test('a type that nobody knows names those that are supported', async () => {
  const topic = 'arn:aws:sns:eu-west-1:111122223333:topic';
  const known = await failureFor(topic, registry(registered('toy', toy)));
  expect(known).toMatchObject({ kind: 'invalid', code: 'unsupported-type', next: expect.stringContaining('Supported: Box.') });
  const none = await failureFor(topic, registry());
  expect(none).toMatchObject({ next: expect.stringContaining('no plugin is installed') });
});

test('only plugins whose patterns fit are loaded', async () => {
  const loads: string[] = [];
  const watched = (name: string, match: readonly string[]): RegisteredPlugin => ({
    manifest: { ...toyManifest, match },
    package: { name, version: '1.0.0' },
    load: async () => {
      loads.push(name);
      return toy;
    },
  });
  await resolve(registry(watched('toy', toyManifest.match), watched('other', ['arn:*:other:*:*:box/*'])), box('red'));
  expect(loads).toEqual(['toy']);
});

test.each([
  ['a name', 'red', 'begins with "arn:"'],
  ['an ARN with a space behind', `${box('red')} `, 'white space'],
  ['an ARN with a mark that turns text', `${box('red')}\u202e`, 'invisible'],
  ['megabytes', `arn:aws:toy:eu-west-1:111122223333:box/${'x'.repeat(2_000_000)}`, 'characters long'],
])('%s is no ARN: nothing is repaired', async (_, given, said) => {
  const failure = await failureFor(given, registry(registered('toy', toy)));
  expect(failure).toMatchObject({ kind: 'invalid', code: 'not-an-arn', message: expect.stringContaining(said) });
  expect(JSON.stringify(failure).length).toBeLessThan(1_000);
});

test('who has no ARN is told by a hint of a plugin what to give', async () => {
  const hinted = registered('toy', toy, {
    hints: [{ prefix: 'AKIA', say: 'That is an access key id: give the ARN of its user.' }],
  });
  expect(await failureFor('AKIAIOSFODNN7EXAMPLE', registry(hinted))).toMatchObject({
    code: 'not-an-arn',
    next: 'That is an access key id: give the ARN of its user.',
  });
});

test('what is printed hides nothing and is short', () => {
  expect(shown('a\u202eb\nc')).toBe('"a\ufffdb\ufffdc"');
  expect(shown('x'.repeat(500))).toBe(`"${'x'.repeat(120)}..."`);
});

test('entities of one key and different types are different', () => {
  const entity = { key: 'aws:1:a' } as Entity;
  expect(entityKey({ ...toyManifest, id: 'toy.a' }, entity)).not.toBe(entityKey({ ...toyManifest, id: 'toy.b' }, entity));
});
