import { messagesOf, requestsFrom } from '@entity-lockdown/intake';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, alice, type Cli, cli, region, worker } from '../../../../apps/cli/src/testing/cli.ts';
import { analyst, type Deployment, deploy, secret, topic } from '../../../../apps/cli/src/testing/deployment.ts';

let it: Cli;
let deployment: Deployment;
beforeEach(() => {
  it = cli({ as: analyst });
  deployment = deploy(it);
});
afterEach(() => it.remove());

/** What SNS gives to the function: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
function delivered(): object {
  return {
    Records: deployment.messages().map(({ id, at, body, attributes }) => ({
      EventSource: 'aws:sns',
      Sns: {
        Type: 'Notification',
        MessageId: id,
        TopicArn: topic,
        Subject: null,
        Message: body,
        Timestamp: new Date(at).toISOString(),
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, { type, value }]) => [name, { Type: type, Value: value }]),
        ),
      },
    })),
  };
}

const intakes = () => messagesOf(delivered()).flatMap((arrived) => requestsFrom(arrived, { secret: { current: secret } }));

test('what lockdown request publishes is what the intake takes, field by field', async () => {
  const instance = `arn:aws:ec2:${region}:${account}:instance/i-0123456789abcdef0`;
  const reason = 'key on GitHub – "öffentlich"';
  const how = { env: { LOCKDOWN_REQUEST_TOPIC: topic, LOCKDOWN_EXTERNAL_ID: secret } };
  const argv = ['request', alice, worker, instance, '--yes', '--reason', reason, '--incident', 'INC 42', '--scope', 'role'];
  expect((await it.run([...argv, '--dwell', '90'], how)).code).toBe(0);
  expect(intakes()).toMatchObject([
    { kind: 'request', arn: alice, reason, incident: 'INC 42', options: {} },
    { kind: 'request', arn: worker, reason, incident: 'INC 42', options: { scope: 'role' } },
    { kind: 'request', arn: instance, reason, incident: 'INC 42', options: { scope: 'role', dwell: '90' } },
  ]);
  expect(JSON.stringify(intakes())).not.toContain(secret);
});

test('without a reason, the body is one, and says who asks', async () => {
  await it.run(['request', alice, '--yes', '--topic', topic, '--external-id', secret]);
  const [only] = intakes();
  const reason = expect.stringMatching(/^Contain arn:.*alice Asked for by .+ with lockdown request\.$/);
  expect(only).toMatchObject({ kind: 'request', options: {}, reason });
  expect(only).not.toHaveProperty('incident');
});

test('with a wrong secret, it was published all the same, and is refused', async () => {
  expect((await it.run(['request', alice, '--yes', '--topic', topic, '--external-id', 'another'])).code).toBe(0);
  expect(intakes()).toMatchObject([{ kind: 'refused', code: 'not-authenticated' }]);
});
