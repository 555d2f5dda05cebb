import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli } from './testing/cli.ts';

let it: Cli;
beforeEach(() => {
  it = cli();
});
afterEach(() => it.remove());

const policyOf = async (...argv: readonly string[]): Promise<string> => {
  const { code, out } = await it.run(['permissions', ...argv]);
  expect(code).toBe(0);
  return JSON.stringify(JSON.parse(out));
};

test('the policy of a type has what it needs and nothing of the others; for either purpose it has that of both', async () => {
  const instance = ['--type', 'aws.ec2.instance'];
  const { json } = await it.run(['permissions', ...instance, '--json']);
  expect(json).toMatchObject({ for: 'both', types: ['aws.ec2.instance'] });
  const [contain, release, both] = await Promise.all(
    ['contain', 'release', 'both'].map((purpose) => policyOf(...instance, '--for', purpose)),
  );
  expect([contain, release, both].map((policy) => policy?.includes('ec2:CreateSecurityGroup'))).toEqual([true, false, true]);
  expect([contain, release, both].map((policy) => policy?.includes('ec2:DeleteSecurityGroup'))).toEqual([false, true, true]);
  expect(both).not.toMatch(/"lambda:|iam:PutUserPolicy/);
  const all = await policyOf();
  for (const action of [
    'iam:PutUserPolicy',
    'iam:PutRolePolicy',
    'ec2:ModifyNetworkInterfaceAttribute',
    'lambda:PutFunctionConcurrency',
  ])
    expect(all).toContain(action);
});

test('where is narrowed as far as it was said, and no further', async () => {
  expect(await policyOf()).toMatch(/"arn:\*:lambda:\*:\*:/);
  expect(await policyOf('--partition', 'aws', '--region', 'eu-west-1', '--account', '111122223333')).toMatch(
    /"arn:aws:lambda:eu-west-1:111122223333:/,
  );
});

test.each([
  [['--type', 'aws.sqs.queue'], /no plugin for "aws.sqs.queue"/],
  [['--account', '1111-2222-3333'], /"1111-2222-3333" is not an account id/],
  [['--account', ''], /"" is not an account id/],
  [['--partition', 'awsome'], /"awsome" is not an AWS partition/],
  [['--partition', ''], /"" is not an AWS partition/],
  [['--region', 'europe'], /"europe" is not an AWS Region/],
  [['--region', ''], /"" is not an AWS Region/],
])('%j is refused: no policy is wider than was meant', async (argv, sentence) => {
  const ran = await it.run(['permissions', ...argv]);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err.replaceAll(/\s+/g, ' ')).toMatch(sentence);
});
