import { expect, test } from 'vitest';
import { at } from '../json.ts';
import { sampleWith } from '../testing/findings.ts';
import { asffFinding } from './asff.ts';
import type { Finding } from './finding.ts';

type Change = readonly [path: readonly (string | number)[], to: unknown];

function read(name: string, ...changes: readonly Change[]): Finding {
  const [given] = at(sampleWith(name, ...changes), 'detail', 'findings') as readonly unknown[];
  const finding = asffFinding(given);
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

const attacked = 'asff-attacked-instance';
const product = (name: string): readonly string[] => ['ProductFields', `aws/guardduty/service/${name}`];

test("the typical finding of AWS's page: an attacked instance is a target", () => {
  expect(read(attacked)).toEqual({
    source: 'security-hub',
    product: 'GuardDuty',
    id: 'arn:aws:guardduty:us-east-1:111122223333:detector/d4b040365221be2b54a6264dc9a4bc64/finding/46ba0ac2845071e23ccdeb2ae03bfdea',
    types: ['UnauthorizedAccess:EC2/SSHBruteForce', 'TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce'],
    title: '199.241.229.197 is performing SSH brute force attacks against i-0c10c2c7863d1a356.',
    severity: { word: 'medium', number: 40 },
    account: '111122223333',
    region: 'us-east-1',
    updatedAt: '2020-09-30T12:14:00.206Z',
    state: 'active',
    sample: false,
    entities: [
      {
        kind: 'reference',
        type: 'instance',
        part: 'target',
        arn: 'arn:aws:ec2:us-east-1:111122223333:instance/i-0c10c2c7863d1a356',
      },
    ],
  });
});

test('an instance acts where the action says so, in either place', () => {
  expect(read(attacked, [product('action/actionType'), 'DNS_REQUEST']).entities).toMatchObject([{ part: 'actor' }]);
  expect(read(attacked, [['Action'], { ActionType: 'DNS_REQUEST' }]).entities).toMatchObject([{ part: 'actor' }]);
  const outbound: Change = [product('action/networkConnectionAction/connectionDirection'), 'OUTBOUND'];
  expect(read(attacked, outbound).entities).toMatchObject([{ part: 'actor' }]);
  expect(read(attacked, [['Resources', 0, 'ResourceRole'], 'Actor']).entities).toMatchObject([{ part: 'actor' }]);
});

test('of other products, only what the resource says counts', () => {
  const other: Change = [['ProductArn'], 'arn:aws:securityhub:us-east-1::product/aws/inspector'];
  expect(read(attacked, other, [product('resourceRole'), 'ACTOR']).entities).toMatchObject([{ part: 'unknown' }]);
  expect(read(attacked, other).types).toEqual(['TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce']);
  expect(read(attacked, other, [['Resources', 0, 'ResourceRole'], 'Actor']).entities).toMatchObject([{ part: 'actor' }]);
  expect(read('asff-custom-action', other).entities).toMatchObject([{ type: 'role', part: 'unknown' }]);
});

test('the role behind a temporary key, by its name', () => {
  expect(read('asff-custom-action').entities).toMatchObject([
    {
      kind: 'reference',
      type: 'role',
      part: 'actor',
      arn: 'arn:aws:sts::111122223333:assumed-role/deploy/session',
      pathUnknown: true,
    },
  ]);
});

test('the role in full, where the finding has the issuer of the session', () => {
  const arn = 'arn:aws:iam::111122223333:role/team/deploy';
  const issuer: Change = [
    ['Resources', 0, 'Details', 'AwsIamAccessKey', 'SessionContext'],
    { SessionIssuer: { Type: 'Role', Arn: arn } },
  ];
  expect(read('asff-custom-action', issuer).entities).toEqual([{ kind: 'reference', type: 'role', part: 'actor', arn }]);
});

test.each<[string, unknown, unknown]>([
  ['AWS::IAM::AccessKey', 'AWS::IAM::AccessKey:AKIAIOSFODNN7EXAMPLE', { PrincipalName: 'alice' }],
  ['AwsIamAccessKey', 'AKIAIOSFODNN7EXAMPLE', { UserName: 'alice' }],
  ['AwsIamAccessKey', 'arn:aws:iam::111122223333:user/alice', {}],
  ['AwsIamAccessKey', 'x', { PrincipalType: 'IAMUser', PrincipalName: 'alice', AccountId: '111122223333' }],
])('a user of a key of the type %s, with the id %s', (Type, Id, key) => {
  const resource = { Type, Id, Region: 'us-east-1', Details: { AwsIamAccessKey: key } };
  expect(read('asff-custom-action', [['Resources'], [resource]]).entities).toMatchObject([
    { kind: 'reference', type: 'user', part: 'actor', arn: 'arn:aws:iam::111122223333:user/alice' },
  ]);
});

test('a key without details is of nobody known', () => {
  const resource = { Type: 'AwsIamAccessKey', Id: 'AKIAIOSFODNN7EXAMPLE', Region: 'us-east-1' };
  expect(read('asff-custom-action', [['Resources'], [resource]]).entities).toMatchObject([
    { kind: 'unsupported', instead: expect.stringMatching(/get-access-key-last-used/) },
  ]);
});

test('an instance beside a key is not who acts', () => {
  const instance = { Type: 'AwsEc2Instance', Id: 'i-99999999', Region: 'us-east-1', ResourceRole: 'Actor' };
  expect(read('asff-custom-action', [['Resources', 1], undefined]).entities).toHaveLength(1);
  const both = [...(at(sampleWith('asff-custom-action'), 'detail', 'findings') as readonly unknown[])].flatMap(
    (one) => at(one, 'Resources') as unknown[],
  );
  expect(read('asff-custom-action', [['Resources'], [...both, instance]]).entities).toMatchObject([
    { type: 'role', part: 'actor' },
    { type: 'instance', part: 'unknown' },
  ]);
});

test.each<[string, readonly (string | number)[], unknown, Finding['state']]>([
  ['archived', ['RecordState'], 'ARCHIVED', 'archived'],
  ['archived in GuardDuty', product('archived'), 'true', 'archived'],
  ['suppressed', ['Workflow', 'Status'], 'SUPPRESSED', 'suppressed'],
  ['resolved', ['Workflow', 'Status'], 'RESOLVED', 'resolved'],
  ['notified', ['Workflow', 'Status'], 'NOTIFIED', 'active'],
])('a finding that is %s', (_name, path, to, state) => {
  expect(read(attacked, [path, to]).state).toBe(state);
});

test.each<[readonly (string | number)[], unknown]>([
  [['Sample'], true],
  [product('additionalInfo/sample'), 'true'],
  [product('additionalInfo/value'), '{"sample":true}'],
])('a sample: %j', (path, to) => {
  expect(read(attacked, [path, to]).sample).toBe(true);
});

test('the Region of a finding without one is that of its product', () => {
  expect(read(attacked, [['Region'], 'eu-west-1']).region).toBe('eu-west-1');
});

test.each(['Id', 'AwsAccountId', 'ProductArn', 'Resources'])('without %s it is no finding', (field) => {
  const [given] = at(sampleWith(attacked, [[field], undefined]), 'detail', 'findings') as readonly unknown[];
  expect(asffFinding(given)).toBeUndefined();
});
