import { expect, test } from 'vitest';
import { ledgerPlace } from './ledger-place.ts';

const data = '/home/alice/.local/share/entity-lockdown';

test('is a folder of the account, but for what the environment or, before it, an option names', () => {
  expect(ledgerPlace(undefined, {}, data)).toEqual({ kind: 'file', folder: `${data}/ledger` });
  expect(ledgerPlace(undefined, { LOCKDOWN_LEDGER: '' }, data)).toEqual({ kind: 'file', folder: `${data}/ledger` });
  const env = { LOCKDOWN_LEDGER: 'file:/srv/env' };
  expect(ledgerPlace(undefined, env, data)).toEqual({ kind: 'file', folder: '/srv/env' });
  expect(ledgerPlace('file:/srv/given', env, data)).toEqual({ kind: 'file', folder: '/srv/given' });
});

test.each([
  ['file:records', { kind: 'file', folder: 'records' }],
  ['file:///srv/records', { kind: 'file', folder: '/srv/records' }],
  ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://a.b-c/d/e_f/', { kind: 's3', bucket: 'a.b-c', prefix: 'd/e_f' }],
])('%s', (text, place) => {
  expect(ledgerPlace(text, {}, data)).toEqual(place);
});

// An empty option is a variable of a script that was not set: not the folder of the account.
test.each([
  '',
  '/srv/records',
  'file:',
  'file:a\nb',
  's3://',
  's3://ab',
  's3://UPPER',
  's3://bucket//x',
  's3://bucket/a b',
  'ftp://x',
])('%j is no place for a ledger', (text) => {
  expect(() => ledgerPlace(text, { LOCKDOWN_LEDGER: 'file:/srv/env' }, data)).toThrow(/is no place for a ledger/);
});
