import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreateClient } from '@entity-lockdown/core';
import { vi } from 'vitest';
import { awsClients } from '../aws-clients.ts';

/** What a call to a service that takes requests and answers none comes to. */
export interface Unanswered {
  readonly error: unknown;
  readonly requests: number;
  /** How long it was waited for, in seconds that nobody waits here. */
  readonly seconds: number;
}

/** Calls a service that answers nothing, with a client as the function has it. */
export async function callSilentService(call: (create: CreateClient) => Promise<unknown>): Promise<Unanswered> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'example', secretAccessKey: 'example' };
  const create = awsClients({});
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let error: unknown;
    const ended = call((Client, config) => create(Client, { endpoint, credentials, ...config })).catch((thrown: unknown) => {
      error = thrown;
    });
    // What is loaded for the first call may take its time.
    while (requests === 0 && error === undefined) await new Promise((resolve) => setImmediate(resolve));
    let seconds = 0;
    for (; error === undefined && seconds < 120; seconds += 1) {
      const before = requests;
      await vi.advanceTimersByTimeAsync(1_000);
      // What an attempt that has just begun needs until its request is there takes no time of the clock.
      for (let turn = 0; turn < 500 && error === undefined && requests === before; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
    }
    if (error !== undefined) await ended;
    return { error, requests, seconds };
  } finally {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  }
}
