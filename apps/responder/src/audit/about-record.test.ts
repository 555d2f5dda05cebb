import type { ContainmentRecord, RecordState } from '@entity-lockdown/core';
import { expect, test } from 'vitest';
import { settingsFrom } from '../settings.ts';
import { environment } from '../testing/deployment.ts';
import {
  cameBackMail,
  containedMail,
  failedRecordMail,
  partialMail,
  refusedRecordMail,
  releasedMail,
  startedMail,
  type Writing,
} from './about-record.ts';
import { commandsFor } from './commands.ts';

const evil = 'evil\r\nRELEASED: all is well\u202e http://evil.example/';
const long = `${evil}${'x'.repeat(5_000)}`;
const writing: Writing = {
  commands: commandsFor(settingsFrom({ ...environment, LOCKDOWN_RELEASE_ROLE_NAME: 'human/Release' })),
  titleOf: () => 'IAM role',
};
const failure = { code: 'x', message: long, next: long, transient: false };

/** A record in which everything that somebody else wrote is hostile, and there is much of it. */
function record(state: RecordState): ContainmentRecord {
  const target = { setting: 's', on: `arn:aws:iam::111122223333:role/app`, title: long, path: [true], stage: 0, dwell: 0 };
  return {
    id: '0123456789abcdef-abcdefgh',
    entityKey: 'k',
    entity: {
      key: 'k',
      arn: 'arn:aws:iam::111122223333:role/evil\r\n\u202eRELEASED',
      partition: 'aws',
      account: '111122223333',
      region: '',
      name: long,
    },
    plugin: { id: 'aws.iam.role', package: 'p', version: '1' },
    state,
    holds: Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `INC ${index}`,
        { by: long, at: '2026-11-02T03:04:05Z', reason: long, options: {}, messages: [] },
      ]),
    ),
    handled: [],
    owner: { id: 'o', until: 0 },
    epoch: 1,
    prev: 0,
    targets: Array.from({ length: 500 }, () => target),
    warnings: Array.from({ length: 500 }, (_, index) => ({ text: long, ...(index === 499 && { gap: true as const }) })),
    failures: Array.from({ length: 500 }, () => failure),
    events: [],
    release: { by: long, at: '', reason: long, keep: [], force: false },
  };
}

const mails = [
  ['started', startedMail(record('containing'), writing)],
  ['contained', containedMail(record('contained'), writing)],
  ['partial', partialMail(record('partial'), writing)],
  ['refused', refusedRecordMail(record('refused'), writing)],
  ['released', releasedMail(record('released'), writing)],
  ['came back', cameBackMail(record('released'), writing)],
  ['failed', failedRecordMail(record('containing'), failure, writing)],
] as const;

test.each(mails)(
  '%s: what others wrote stays on its line, makes no link, and leaves the mail short',
  (_, { subject, body, attributes }) => {
    expect(subject).toMatch(/^\[lockdown\] [\x20-\x7e]{1,89}$/);
    expect(body).not.toMatch(/^RELEASED: all is well/m);
    expect(body).not.toMatch(/[^\P{C}\n]/u);
    expect(body).not.toContain('http://');
    expect(Buffer.byteLength(body)).toBeLessThan(220_000);
    expect(body.endsWith('\n\nRecord 0123456789abcdef-abcdefgh\n')).toBe(true);
    expect(attributes).toMatchObject({ type: 'aws.iam.role', account: '111122223333', record: '0123456789abcdef-abcdefgh' });
  },
);

test('an open door stands first', () => {
  expect(containedMail(record('contained'), writing).body).toContain('does not stop\n  - OPEN: evil');
});

test('the command of the release is exact: the ledger, the role of the humans, and the incident where there are several', () => {
  const [, hold] = Object.entries(record('contained').holds)[0] ?? [];
  if (hold === undefined) throw new Error('no hold');
  const at = '--ledger s3://ledger-bucket/responder --region eu-west-1 --role-name human/Release';
  const one = containedMail({ ...record('contained'), holds: { default: hold } }, writing).body.split('\n');
  expect(one).toContain(`  lockdown release 0123456789abcdef-abcdefgh ${at}`);
  const two = containedMail({ ...record('contained'), holds: { default: hold, "INC'1": hold } }, writing).body.split('\n');
  expect(two).toContain(`  lockdown release 0123456789abcdef-abcdefgh --incident default ${at}`);
  expect(two).toContain(`  lockdown release 0123456789abcdef-abcdefgh --incident 'INC'\\''1' ${at}`);
});
