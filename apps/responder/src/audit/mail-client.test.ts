import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PublishCommand } from '@aws-sdk/client-sns';
import { expect, test, vi } from 'vitest';
import { awsClients } from '../aws-clients.ts';
import { mailClient } from './mail-client.ts';

test('a topic that gives no answer is waited for three seconds, once', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const create = awsClients({});
  const client = mailClient(
    (Client, config) =>
      create(Client, { endpoint, credentials: { accessKeyId: 'example', secretAccessKey: 'example' }, ...config }),
    'eu-west-1',
  );
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const asked = once(server, 'request');
    const answer = client
      .send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-west-1:999988887777:audit', Message: 'A body' }))
      .catch((error: unknown) => error);
    await asked;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await answer).toMatchObject({ name: 'TimeoutError' });
    expect(requests).toBe(1);
  } finally {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  }
});
