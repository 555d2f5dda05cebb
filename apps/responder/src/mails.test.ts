import { join } from 'node:path';
import { faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { findingsTopic } from './testing/deployment.ts';
import { elsewhere } from './testing/elsewhere.ts';
import { makeRole, makeUser } from './testing/entities.ts';
import { finding } from './testing/finding.ts';
import type { Received } from './testing/mailbox.ts';
import { minutes, type Scene, sceneOf } from './testing/scene.ts';

// The mails as they are shown in docs/responder.md. After a change that is meant: vitest run apps/responder/src/mails.test.ts -u

const folder = join(import.meta.dirname, '../../../docs/mails');

async function expectShown(of: Scene, kind: string): Promise<void> {
  const mail = of.mails.find(({ attributes }) => attributes.kind === kind);
  await expect(asShown(mail)).toMatchFileSnapshot(join(folder, `${kind}.txt`));
}

function asShown(mail: Received | undefined): string {
  if (mail === undefined) return 'no such mail';
  const attributes = Object.entries(mail.attributes).map(([name, value]) => `${name}=${value}`);
  return `Subject: ${mail.subject}\nAttributes: ${attributes.join(' ')}\n\n${mail.body}`;
}

test('started, contained and released', async () => {
  const of = sceneOf(makeRole);
  of.ask();
  await of.run(2 * minutes);
  await elsewhere(of).release(of.arn, { by: 'alice@desk', reason: 'INC-4711 is closed' });
  await of.run(2 * minutes);
  for (const kind of ['started', 'contained', 'released']) await expectShown(of, kind);
});

test('partial', async () => {
  const of = sceneOf(makeUser, {
    fault: ({ operation }) => (operation === 'UpdateAccessKey' ? faults.denied('Denied by an SCP') : undefined),
  });
  of.ask();
  await of.run(2 * minutes);
  await expectShown(of, 'partial');
});

test('failed, and given up', async () => {
  const of = sceneOf(makeRole, {
    fault: ({ operation }) =>
      operation === 'AssumeRole' ? faults.denied('Not authorized to perform sts:AssumeRole') : undefined,
  });
  of.ask();
  await of.run(60 * minutes);
  for (const kind of ['failed', 'dead-letter']) await expectShown(of, kind);
});

test('refused', async () => {
  const of = sceneOf(makeUser);
  of.publish({ body: JSON.stringify({ arn: of.arn }), attributes: {} });
  await of.run(minutes);
  await expectShown(of, 'refused');
});

test('finding', async () => {
  const of = sceneOf(makeUser);
  of.publish({ body: finding(of.arn), topic: findingsTopic, attributes: {} });
  await of.run(minutes);
  await expectShown(of, 'finding');
});
