import { expect, test } from 'vitest';
import { type Happened, partOfMachine } from './part.ts';

test.each<[string, Omit<Happened, 'types'>, string]>([
  ['the role ACTOR', { role: 'ACTOR', action: 'NETWORK_CONNECTION', direction: 'INBOUND' }, 'actor'],
  ['the role Actor, as ASFF may spell it', { role: 'Actor' }, 'actor'],
  ['a lookup of a name, whatever the role', { role: 'TARGET', action: 'DNS_REQUEST' }, 'actor'],
  ['a connection that the instance began', { role: 'TARGET', action: 'NETWORK_CONNECTION', direction: 'OUTBOUND' }, 'actor'],
  ['a connection from outside', { role: 'TARGET', action: 'NETWORK_CONNECTION', direction: 'INBOUND' }, 'target'],
  ['a connection from outside, without a role', { action: 'NETWORK_CONNECTION', direction: 'INBOUND' }, 'target'],
  ['a probe', { action: 'PORT_PROBE' }, 'target'],
  ['a connection of which nobody knows who began it', { action: 'NETWORK_CONNECTION', direction: 'UNKNOWN' }, 'unknown'],
  ['nothing', {}, 'unknown'],
  ['a role that is no text', { role: ['ACTOR'] }, 'unknown'],
])('%s', (_name, happened, part) => {
  expect(partOfMachine({ ...happened, types: ['Backdoor:EC2/Spambot'] })).toBe(part);
});

test('what was seen at run time runs on the instance', () => {
  expect(partOfMachine({ types: ['CryptoCurrency:Runtime/BitcoinTool.B'] })).toBe('actor');
  expect(partOfMachine({ types: ['CryptoCurrency:Runtime/BitcoinTool.B'], role: 'TARGET' })).toBe('target');
});
