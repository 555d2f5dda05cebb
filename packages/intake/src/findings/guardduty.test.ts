import { expect, test } from 'vitest';
import { at } from '../json.ts';
import { sampleWith } from '../testing/findings.ts';
import { sample } from '../testing/samples.ts';
import type { Finding } from './finding.ts';
import { guardDutyFinding } from './guardduty.ts';

type Change = readonly [path: readonly (string | number)[], to: unknown];

function read(name: string, ...changes: readonly Change[]): Finding {
  const finding = guardDutyFinding(at(sampleWith(name, ...changes), 'detail'));
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

const instance = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0';

test('what a finding says of itself', () => {
  expect(read('guardduty-mining-instance')).toEqual({
    source: 'guardduty',
    product: 'GuardDuty',
    id: 'aa1111111111111111111111example01',
    types: ['CryptoCurrency:EC2/BitcoinTool.B!DNS'],
    title: 'The EC2 instance i-0123456789abcdef0 is querying a domain name that is associated with Bitcoin-related activity.',
    severity: { word: 'high', number: 8 },
    account: '111122223333',
    region: 'eu-west-1',
    updatedAt: '2026-03-14T02:30:00.000Z',
    state: 'active',
    sample: false,
    entities: [{ kind: 'reference', type: 'instance', part: 'actor', arn: instance }],
  });
});

test('as the API and the command line spell it', () => {
  const [given] = at(sample('guardduty-user'), 'Findings') as readonly unknown[];
  expect(guardDutyFinding(given)).toMatchObject({
    types: ['Recon:IAMUser/UserPermissions'],
    severity: { word: 'medium', number: 5 },
    state: 'active',
    entities: [
      { kind: 'reference', type: 'user', part: 'actor', arn: 'arn:aws:iam::111122223333:user/testuser', pathUnknown: true },
    ],
  });
});

test('an instance that was probed is a target', () => {
  expect(read('guardduty-probed-instance').entities).toMatchObject([{ type: 'instance', part: 'target', arn: instance }]);
});

test('the role behind a temporary key acted; the instance that it was taken from did not', () => {
  const role = { type: 'role', part: 'actor', arn: 'arn:aws:sts::111122223333:assumed-role/web-role/i-0123456789abcdef0' };
  expect(read('guardduty-stolen-role').entities).toMatchObject([role, { type: 'instance', part: 'target', arn: instance }]);
  const acting = read('guardduty-stolen-role', [['service', 'resourceRole'], 'ACTOR']);
  expect(acting.entities).toMatchObject([role, { type: 'instance', part: 'unknown' }]);
});

test('a function, by its ARN or by its name', () => {
  const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:worker';
  expect(read('guardduty-function').entities).toMatchObject([{ type: 'function', part: 'actor', arn: `${arn}:$LATEST` }]);
  const nameless = read('guardduty-function', [['resource', 'lambdaDetails', 'functionArn'], undefined]);
  expect(nameless.entities).toMatchObject([{ type: 'function', part: 'actor', arn }]);
});

test('the root user is unsupported, and it is said what to do', () => {
  expect(read('guardduty-root').entities).toMatchObject([
    { kind: 'unsupported', type: 'Root', id: 'Root', instead: expect.stringMatching(/service control/) },
  ]);
});

test('who read a bucket acted; the bucket is unsupported', () => {
  expect(read('guardduty-bucket').entities).toMatchObject([
    { kind: 'reference', type: 'user', part: 'actor', arn: 'arn:aws:iam::111122223333:user/alice' },
    { kind: 'unsupported', type: 'S3Bucket', id: 'arn:aws:s3:::example-bucket', part: 'unknown' },
  ]);
});

test('the actors of an attack sequence acted; what else it names is told', () => {
  expect(read('guardduty-sequence').entities).toMatchObject([
    { kind: 'reference', type: 'user', part: 'actor', arn: 'arn:aws:iam::111122223333:user/alice' },
    { kind: 'unsupported', type: 'S3_BUCKET', part: 'unknown' },
    { kind: 'reference', type: 'instance', part: 'unknown', arn: instance },
  ]);
});

test('an actor of another account is named in that account', () => {
  const path = ['service', 'detection', 'sequence', 'actors', 0, 'user', 'account', 'uid'];
  expect(read('guardduty-sequence', [path, '444455556666']).entities[0]).toMatchObject({
    arn: 'arn:aws:iam::444455556666:user/alice',
  });
});

test('a name in the account of the caller is not taken for the same name in ours, but for stolen credentials of an instance', () => {
  const caller: Change = [
    ['service', 'action', 'awsApiCallAction', 'remoteAccountDetails'],
    { accountId: '444455556666', affiliated: false },
  ];
  expect(read('guardduty-bucket', caller).entities[0]).toMatchObject({ kind: 'unsupported', type: 'AWSAccount', id: 'alice' });
  const own: Change = [caller[0], { accountId: '111122223333', affiliated: true }];
  expect(read('guardduty-bucket', own).entities[0]).toMatchObject({ kind: 'reference' });
  expect(read('guardduty-stolen-role', caller).entities[0]).toMatchObject({ kind: 'reference', type: 'role' });
});

test('credentials beside something else than an API call are of nobody known', () => {
  const finding = read('guardduty-mining-instance', [
    ['resource', 'accessKeyDetails'],
    { userName: 'alice', userType: 'IAMUser' },
  ]);
  expect(finding.entities).toMatchObject([
    { type: 'user', part: 'unknown' },
    { type: 'instance', part: 'actor' },
  ]);
});

test('an archived finding', () => {
  expect(read('guardduty-mining-instance', [['service', 'archived'], true]).state).toBe('archived');
});

test.each<[string, unknown, boolean]>([
  ['older findings', { sample: true }, true],
  ['newer findings, in a text', { value: '{"threatListName":"x","sample":true}', type: 'default' }, true],
  ['a finding that is none', { sample: false, value: '{"sample":false}' }, false],
  ['a text that is no JSON', { value: 'sample' }, false],
  ['nothing', undefined, false],
])('a sample, as %s say it', (_name, additional, expected) => {
  expect(read('guardduty-mining-instance', [['service', 'additionalInfo'], additional]).sample).toBe(expected);
});

test('where account, Region and partition do not go together, there is no ARN', () => {
  const unsupported = [{ kind: 'unsupported', id: 'i-0123456789abcdef0' }];
  expect(read('guardduty-mining-instance', [['region'], 'europe']).entities).toMatchObject(unsupported);
  expect(read('guardduty-mining-instance', [['partition'], 'aws-cn']).entities).toMatchObject(unsupported);
  expect(read('guardduty-mining-instance', [['accountId'], '1']).entities).toMatchObject(unsupported);
});

test('in another partition, with and without its name', () => {
  const there: readonly Change[] = [
    [['region'], 'cn-north-1'],
    [['partition'], undefined],
  ];
  expect(read('guardduty-mining-instance', ...there).entities).toMatchObject([
    { arn: 'arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-0123456789abcdef0' },
  ]);
});

test('what hides or moves text in a finding is shown, not obeyed', () => {
  const { title, types } = read('guardduty-mining-instance', [['title'], 'a\u202eb\nc'], [['type'], `x\u0007${'y'.repeat(300)}`]);
  expect([title, types[0]?.length, types[0]?.startsWith('x\u{fffd}')]).toEqual(['a\u{fffd}b c', 200, true]);
});

test.each(['id', 'type', 'accountId', 'resource'])('without %s it is no finding', (field) => {
  expect(guardDutyFinding(at(sampleWith('guardduty-mining-instance', [[field], undefined]), 'detail'))).toBeUndefined();
});
