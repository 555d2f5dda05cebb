import { expect, test } from 'vitest';
import type { Io } from '../io.ts';
import { foldersOf } from './folders.ts';

const of = (folders: { readonly data: string; readonly config: string }) => foldersOf({ folders } as Io);

test('folders of the account are where they are, wherever the command is run', () => {
  expect(of({ data: '/d', config: '/c' })).toEqual({ data: '/d', config: '/c' });
  expect(() => of({ data: 'd', config: '/c' })).toThrow(/folder for the ledger or the configuration is "d"/);
  expect(() => of({ data: '/d', config: 'c' })).toThrow(/folder for the ledger or the configuration is "c"/);
});
