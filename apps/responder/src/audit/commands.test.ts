import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { settingsFrom } from '../settings.ts';
import { environment } from '../testing/deployment.ts';
import { commandsFor } from './commands.ts';

test('a shell gives the AWS CLI the ARN and any secret that the deployment takes, each as one value', () => {
  const arn = "arn:aws:iam::111122223333:user/o'neill";
  const command = commandsFor(settingsFrom(environment)).request(arn);
  const given = execFileSync('sh', ['-c', `aws() { printf '%s\\n' "$@"; }; ${command}`], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, EXTERNAL_ID: 'A9+=,.@:/_-' },
  }).split('\n');
  expect(given[given.indexOf('--message') + 1]).toBe(JSON.stringify({ arn }));
  // In the shorthand syntax a comma ends a value: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
  expect(given[given.indexOf('--message-attributes') + 1]).toBe('ExternalId={DataType=String,StringValue="A9+=,.@:/_-"}');
});
