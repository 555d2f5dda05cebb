import { expect, test } from 'vitest';
import { placeOf } from './place.ts';

test('a place of which all parts go together', () => {
  expect(placeOf('aws', 'eu-west-1', '111122223333')).toEqual({ partition: 'aws', region: 'eu-west-1', account: '111122223333' });
  expect(placeOf(undefined, 'cn-north-1', '111122223333')).toMatchObject({ partition: 'aws-cn' });
});

test.each([
  ['aws', 'cn-north-1', '111122223333'],
  ['aws', 'europe', '111122223333'],
  ['aws', 'eu-west-1', '1111'],
  ['AWS', 'eu-west-1', '111122223333'],
  [1, 'eu-west-1', '111122223333'],
  ['aws', undefined, '111122223333'],
  ['aws', 'eu-west-1', 111122223333],
])('%j %j %j is none', (partition, region, account) => {
  expect(placeOf(partition, region, account)).toBeUndefined();
});
