import { expect, test } from 'vitest';
import { measureLoad } from './load.ts';

test('entities of all types in several accounts are contained and released side by side', async () => {
  const load = await measureLoad(2, 3);
  expect(load).toMatchObject({ entities: 24, accounts: 2, sideBySide: 16 });
});
