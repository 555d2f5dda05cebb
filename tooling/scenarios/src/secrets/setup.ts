import fs from 'node:fs';
import { afterAll, afterEach, expect, vi } from 'vitest';
import type { createAwsAccess } from '../../../../packages/core/src/aws/access.ts';
import type { createDispatcher } from '../../../../packages/core/src/dispatcher/dispatcher.ts';
import type { createLedger } from '../../../../packages/core/src/ledger/ledger.ts';
import { gather, plant, reportSoFar, takeFound } from './gathered.ts';
import { planting } from './planting.ts';
import { keepWhatIsRemoved } from './removed-files.ts';
import { searchedDispatcher, searchedIo, searchedStore, searchProcesses } from './searched.ts';

// Runs before each file of tests. What a test says, stores or plants goes through these few places, whoever wrote the test: nothing has to
// be thought of in a test.

vi.mock('../../../../packages/sandbox/src/secrets.ts', async (load) => {
  const original = await load<typeof import('../../../../packages/sandbox/src/secrets.ts')>();
  return { ...original, newSecret: (id: string) => plant('credential', original.newSecret(id)) };
});

vi.mock('../../../../packages/sandbox/src/service-calls.ts', async (load) => {
  const original = await load<typeof import('../../../../packages/sandbox/src/service-calls.ts')>();
  const create: typeof original.createServices = (world, now, tables, ...more) =>
    original.createServices(world, now, planting(tables), ...more);
  return { ...original, createServices: create };
});

vi.mock('../../../../packages/core/src/aws/access.ts', async (load) => {
  const original = await load<typeof import('../../../../packages/core/src/aws/access.ts')>();
  const create: typeof createAwsAccess = (options) => {
    if (options.externalId !== undefined) plant('external id', options.externalId);
    return original.createAwsAccess(options);
  };
  return { ...original, createAwsAccess: create };
});

vi.mock('../../../../packages/core/src/ledger/ledger.ts', async (load) => {
  const original = await load<typeof import('../../../../packages/core/src/ledger/ledger.ts')>();
  const create: typeof createLedger = (store, random) => original.createLedger(searchedStore(store), random);
  return { ...original, createLedger: create };
});

vi.mock('../../../../packages/core/src/dispatcher/dispatcher.ts', async (load) => {
  const original = await load<typeof import('../../../../packages/core/src/dispatcher/dispatcher.ts')>();
  const create: typeof createDispatcher = (host) => searchedDispatcher(original.createDispatcher, host);
  return { ...original, createDispatcher: create };
});

vi.mock('../../../../apps/cli/src/run.ts', async (load) => {
  const original = await load<typeof import('../../../../apps/cli/src/run.ts')>();
  const run: typeof original.run = (argv, io) => original.run(argv, searchedIo(io));
  return { ...original, run };
});

searchProcesses((text) => gather('printed', text));
keepWhatIsRemoved(process.env.SECRET_SEARCH_FOLDER);

afterEach(() => {
  expect(takeFound(), 'secrets that were told or stored').toEqual([]);
});

afterAll(() => {
  const folder = process.env.SECRET_SEARCH_FOLDER;
  if (folder !== undefined) fs.appendFileSync(`${folder}/reports`, `${JSON.stringify(reportSoFar())}\n`);
});
