import { expect, test } from 'vitest';
import { at } from '../json.ts';
import { sampleWith } from '../testing/findings.ts';
import type { Finding } from './finding.ts';
import { ocsfFinding } from './ocsf.ts';

type Change = readonly [path: readonly (string | number)[], to: unknown];

function read(...changes: readonly Change[]): Finding {
  const [given] = at(sampleWith('ocsf-user', ...changes), 'detail', 'findings') as readonly unknown[];
  const finding = ocsfFinding(given);
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

test('what a finding says of itself', () => {
  expect(read()).toEqual({
    source: 'security-hub-v2',
    product: 'GuardDuty',
    id: 'arn:aws:guardduty:us-east-1:111122223333:detector/abc/finding/v2-789',
    types: ['UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom'],
    title: 'API GetObject was invoked from a known malicious IP address.',
    severity: { word: 'high', number: 4 },
    account: '111122223333',
    region: 'us-east-1',
    updatedAt: '2026-03-14T02:30:00.000Z',
    state: 'active',
    sample: false,
    entities: [
      {
        kind: 'reference',
        type: 'user',
        part: 'actor',
        arn: 'arn:aws:iam::111122223333:user/compromised-user',
        pathUnknown: true,
      },
    ],
  });
});

const user = { type: 'user', arn: 'arn:aws:iam::111122223333:user/compromised-user' };

test.each<[string, readonly Change[]]>([
  ['the account of the resource alone', [[['cloud'], undefined]]],
  [
    'the account of the cloud alone',
    [
      [['resources', 0, 'owner'], undefined],
      [['resources', 0, 'cloud_partition'], undefined],
    ],
  ],
  [
    "the type in ASFF's spelling, and the user's ARN",
    [
      [['resources', 0, 'type'], 'AwsIamAccessKey'],
      [['resources', 0, 'uid'], user.arn],
    ],
  ],
])('%s', (_name, changes) => {
  expect(read(...changes).entities).toMatchObject([user]);
});

test('a resource of another account than the finding is named in its own', () => {
  const entities = read([['resources', 0, 'owner', 'account', 'uid'], '444455556666']).entities;
  expect(entities).toMatchObject([{ arn: 'arn:aws:iam::444455556666:user/compromised-user' }]);
});

test('a temporary key without more is of nobody known', () => {
  expect(read([['resources', 0, 'uid'], 'ASIAIOSFODNN7EXAMPLE']).entities).toMatchObject([
    { kind: 'unsupported', part: 'actor' },
  ]);
  const role: Change = [['resources', 0, 'user'], { name: 'app', uid: 'AROACKCEVSQ6C2EXAMPLE:session', type: 'User' }];
  expect(read([['resources', 0, 'uid'], 'ASIAIOSFODNN7EXAMPLE'], role).entities).toMatchObject([
    { type: 'role', arn: 'arn:aws:sts::111122223333:assumed-role/app/session' },
  ]);
});

test.each<[unknown, string]>([
  [2, 'actor'],
  [1, 'target'],
  [3, 'unknown'],
  [undefined, 'unknown'],
])('the role %j of an instance: %s', (role, part) => {
  const resource = { type: 'AWS::EC2::Instance', uid: 'i-99999999', region: 'us-east-1', role_id: role };
  expect(read([['resources'], [resource]]).entities).toMatchObject([
    { type: 'instance', part, arn: 'arn:aws:ec2:us-east-1:111122223333:instance/i-99999999' },
  ]);
});

test('an instance on which something was seen at run time acts', () => {
  const resource = { type: 'AWS::EC2::Instance', uid: 'i-99999999', region: 'us-east-1' };
  const types: Change = [['finding_info', 'types'], ['CryptoCurrency:Runtime/BitcoinTool.B']];
  expect(read([['resources'], [resource]], types).entities).toMatchObject([{ part: 'actor' }]);
});

test("a key in another product's finding is not taken for who acted", () => {
  expect(read([['metadata', 'product', 'name'], 'Security Hub']).entities).toMatchObject([{ ...user, part: 'unknown' }]);
});

test.each<[readonly (string | number)[], unknown, Finding['state']]>([
  [['status_id'], 3, 'suppressed'],
  [['status_id'], 4, 'resolved'],
  [['status_id'], 5, 'archived'],
  [['status'], 'Suppressed', 'suppressed'],
  [['status'], 'Archived', 'archived'],
  [['status'], 'Resolved', 'resolved'],
  [['activity_id'], 3, 'resolved'],
  [['status'], 'In Progress', 'active'],
])('%j %j', (path, to, state) => {
  expect(read([path, to]).state).toBe(state);
});

test('the time as a number', () => {
  const changes: readonly Change[] = [
    [['finding_info', 'modified_time_dt'], undefined],
    [['time_dt'], undefined],
  ];
  expect(read(...changes).updatedAt).toBe(new Date(1773455400000).toISOString());
  expect(read(...changes, [['time'], 1e300]).updatedAt).toBe('');
});

test('a sample', () => {
  expect(read([['finding_info', 'title'], '[Sample] API']).sample).toBe(true);
  expect(read([['metadata', 'labels'], ['sample']]).sample).toBe(true);
});

test.each<[string, readonly (string | number)[]]>([
  ['resources', ['resources']],
  ['product', ['metadata']],
])('without %s it is no finding', (_name, path) => {
  const [given] = at(sampleWith('ocsf-user', [path, undefined]), 'detail', 'findings') as readonly unknown[];
  expect(ocsfFinding(given)).toBeUndefined();
});
