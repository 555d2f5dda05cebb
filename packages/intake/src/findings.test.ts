import { expect, test } from 'vitest';
import { messagesOf } from './arrived.ts';
import { findingsFrom } from './findings.ts';
import { neutralAnswer } from './intake.ts';
import { at } from './json.ts';
import { everything, intakesOf, ownRoles, sampleWith } from './testing/findings.ts';
import { arrived, eventOf, requestsIn, secret, topic } from './testing/publish.ts';
import { changed, sample, sampleNames } from './testing/samples.ts';

const id = '95df01b4-ee98-5cb9-9903-4c221d41eb5e';
const instance = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0';
const user = 'arn:aws:iam::111122223333:user/testuser';
const contains = sampleNames().filter((name) =>
  /^(guardduty-(mining|user|stolen|function|bucket|sequence)|asff-custom|ocsf)/.test(name),
);

test('every sample is of a page that the index names', () => {
  const index = sample('index') as readonly { readonly file: string; readonly pages: readonly string[] }[];
  expect(index.map(({ file }) => file).toSorted()).toEqual(
    sampleNames()
      .map((name) => `${name}.json`)
      .toSorted(),
  );
  for (const { pages } of index) expect(pages.every((page) => page.startsWith('https://'))).toBe(true);
});

test.each(sampleNames().filter((name) => !/sns|custom-action/.test(name)))('without a rule, %s only notifies', (name) => {
  const [only, ...more] = intakesOf(sample(name));
  expect(only).toMatchObject({
    kind: 'notify',
    code: 'no-rule',
    finding: { account: '111122223333' },
    by: expect.stringContaining(topic),
  });
  expect(more).toEqual([]);
});

test('a rule contains the actor, with its options, and names the finding', () => {
  const rules = {
    ownRoles,
    contain: [{ types: ['CryptoCurrency:EC2/*'], severity: 'high', options: { scope: 'role' } }],
  } as const;
  expect(intakesOf(sample('guardduty-mining-instance'), rules)).toEqual([
    {
      kind: 'request',
      arn: instance,
      options: { scope: 'role' },
      reason:
        'GuardDuty: The EC2 instance i-0123456789abcdef0 is querying a domain name that is associated with Bitcoin-related activity. (CryptoCurrency:EC2/BitcoinTool.B!DNS, severity high, finding aa1111111111111111111111example01)',
      message: 'finding aa1111111111111111111111example01 at 2026-03-14T02:30:00.000Z',
      by: `the finding aa1111111111111111111111example01 of GuardDuty, by a message to ${topic} (${id})`,
      finding: expect.objectContaining({ types: ['CryptoCurrency:EC2/BitcoinTool.B!DNS'] }),
    },
  ]);
  expect(intakesOf(sample('guardduty-stolen-role'), rules)).toMatchObject([{ kind: 'notify', code: 'no-rule' }]);
});

test('a finding below the least severity only notifies', () => {
  const rules = { ownRoles, contain: [{ types: ['*'], severity: 'critical' }] } as const;
  expect(intakesOf(sample('guardduty-mining-instance'), rules)).toMatchObject([{ code: 'no-rule' }]);
  expect(requestsIn(intakesOf(sample('guardduty-sequence'), rules))).toHaveLength(1);
});

test.each([
  ['guardduty-user', [user]],
  ['guardduty-stolen-role', ['arn:aws:sts::111122223333:assumed-role/web-role/i-0123456789abcdef0']],
  ['guardduty-function', ['arn:aws:lambda:eu-west-1:111122223333:function:worker:$LATEST']],
  ['guardduty-bucket', ['arn:aws:iam::111122223333:user/alice']],
  ['guardduty-sequence', ['arn:aws:iam::111122223333:user/alice']],
  ['ocsf-user', ['arn:aws:iam::111122223333:user/compromised-user']],
])('by a rule for all, %s contains who acted and nobody else', (name, arns) => {
  expect(requestsIn(intakesOf(sample(name), everything)).map(({ arn }) => arn)).toEqual(arns);
});

test.each(['guardduty-probed-instance', 'asff-attacked-instance', 'guardduty-root'])(
  'by a rule for all, %s names nobody to contain',
  (name) => {
    expect(intakesOf(sample(name), everything)).toMatchObject([{ kind: 'notify', code: 'nobody' }]);
  },
);

test('a finding by itself, in a list, and as the command line answers it', () => {
  const mining = at(sample('guardduty-mining-instance'), 'detail');
  for (const body of [mining, [mining], { findings: [mining] }]) expect(requestsIn(intakesOf(body, everything))).toHaveLength(1);
  const many = (length: number): readonly unknown[] => Array.from({ length }, () => mining);
  expect(requestsIn(intakesOf(many(20), everything))).toHaveLength(20);
  expect(intakesOf(many(21), everything)).toMatchObject([{ kind: 'refused', code: 'too-many' }]);
});

test('one bad finding stands in the way of none', () => {
  const mining = at(sample('guardduty-mining-instance'), 'detail');
  expect(intakesOf([mining, 5, mining], everything).map(({ kind }) => kind)).toEqual(['request', 'refused', 'request']);
});

const click = sample('asff-custom-action');
const clickOn = (finding: unknown): unknown => changed(click, ['detail', 'findings'], [finding]);

test('a custom action is a click of a person: it contains without a rule, each click by itself', () => {
  expect(intakesOf(click)).toMatchObject([
    {
      kind: 'request',
      arn: 'arn:aws:sts::111122223333:assumed-role/deploy/session',
      message: 'click 1a1111a1-b22b-3c33-444d-5555e5ee5555',
      by: expect.stringMatching(
        /^the custom action "custom-action-name" of Security Hub on the finding .*does not say who clicked$/,
      ),
      finding: {
        action: {
          name: 'custom-action-name',
          arn: 'arn:aws:securityhub:us-west-1:111122223333:action/custom/custom-action-name',
        },
      },
    },
  ]);
});

test('a click on a finding that names no actor means its target', () => {
  const finding = at(sample('asff-attacked-instance'), 'detail', 'findings') as readonly unknown[];
  expect(intakesOf(clickOn(finding[0]))).toMatchObject([
    { kind: 'request', arn: 'arn:aws:ec2:us-east-1:111122223333:instance/i-0c10c2c7863d1a356' },
  ]);
  const bucket = { Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::x' };
  expect(intakesOf(clickOn(changed(finding[0], ['Resources'], [bucket])))).toMatchObject([{ kind: 'notify', code: 'nobody' }]);
});

test('a click does not mean what stands beside an actor', () => {
  const resources = [
    { Type: 'AwsIamRole', Id: 'arn:aws:iam::111122223333:role/app', ResourceRole: 'Actor' },
    { Type: 'AwsEc2Instance', Id: 'arn:aws:ec2:us-east-1:111122223333:instance/i-99999999', ResourceRole: 'Target' },
  ];
  const other = 'arn:aws:securityhub:us-east-1::product/example/detector';
  const clicked = intakesOf(sampleWith('asff-custom-action', [['ProductArn'], other], [['Resources'], resources]));
  expect(clicked).toMatchObject([{ kind: 'request', arn: 'arn:aws:iam::111122223333:role/app' }]);
  expect(clicked[0]?.kind === 'request' && clicked[0].finding?.entities).toHaveLength(2);
});

test('a rule contains nobody of another account than the finding, which whoever imports findings may claim', () => {
  const role = (account: string) => ({ Type: 'AwsIamRole', Id: `arn:aws:iam::${account}:role/app`, ResourceRole: 'Actor' });
  const key = { Type: 'AwsIamAccessKey', Id: 'AKIAIOSFODNN7EXAMPLE', ResourceRole: 'Actor' };
  const elsewhere = {
    ...key,
    Details: { AwsIamAccessKey: { AccountId: '444455556666', PrincipalName: 'alice', PrincipalType: 'IAMUser' } },
  };
  const imported = (...resources: readonly object[]): unknown =>
    sampleWith(
      'asff-attacked-instance',
      [['ProductArn'], 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default'],
      [['Resources'], resources],
    );
  expect(intakesOf(imported(role('444455556666'), elsewhere), everything)).toMatchObject([
    { kind: 'notify', code: 'other-account', finding: { account: '111122223333' } },
  ]);
  const both = intakesOf(imported(role('444455556666'), role('111122223333')), everything);
  expect(requestsIn(both).map(({ arn }) => arn)).toEqual(['arn:aws:iam::111122223333:role/app']);
});

test('where clicks are off, they notify', () => {
  expect(intakesOf(click, { ownRoles, customActions: false })).toMatchObject([{ kind: 'notify', code: 'clicks-off' }]);
});

test.each(contains)('a sample of %s contains nothing, by rule or click', (name) => {
  const body = JSON.stringify(sample(name));
  const isGuardDuty = name.startsWith('guardduty');
  const capital = name === 'guardduty-user';
  const marked = isGuardDuty
    ? capital
      ? changed(sample(name), ['Findings', 0, 'Service', 'AdditionalInfo'], { Value: '{"sample":true}', Type: 'default' })
      : sampleWith(name, [['service', 'additionalInfo'], { value: '{"sample":true}', type: 'default' }])
    : sampleWith(name, [[name.startsWith('asff') ? 'Sample' : 'none'], true], [['metadata', 'labels'], ['sample']]);
  expect(JSON.stringify(marked)).not.toBe(body);
  expect(intakesOf(marked, everything)).toMatchObject([{ kind: 'notify', code: 'sample' }]);
});

test.each<[string, readonly (string | number)[], unknown]>([
  ['guardduty-mining-instance', ['service', 'archived'], true],
  ['asff-custom-action', ['RecordState'], 'ARCHIVED'],
  ['asff-custom-action', ['Workflow', 'Status'], 'SUPPRESSED'],
  ['asff-custom-action', ['Workflow', 'Status'], 'RESOLVED'],
  ['ocsf-user', ['status_id'], 4],
])('what is closed contains nothing: %s, %j %j', (name, path, to) => {
  expect(intakesOf(sampleWith(name, [path, to]), everything)).toMatchObject([{ kind: 'notify', code: 'closed' }]);
});

test('what our own role does contains nobody, neither by rule nor by click', () => {
  const own = sampleWith('guardduty-stolen-role', [['resource', 'accessKeyDetails', 'userName'], 'EntityLockdownMember']);
  expect(intakesOf(own, everything)).toMatchObject([{ kind: 'notify', code: 'own-role' }]);
  const clicked = sampleWith('asff-custom-action', [
    ['Resources', 0, 'Details', 'AwsIamAccessKey', 'PrincipalName'],
    'EntityLockdown',
  ]);
  expect(intakesOf(clicked, everything)).toMatchObject([{ kind: 'notify', code: 'own-role' }]);
});

test('a click on a finding that names our role as a target contains nobody', () => {
  const role = { Type: 'AwsIamRole', Id: 'arn:aws:iam::111122223333:role/EntityLockdown', ResourceRole: 'Target' };
  expect(intakesOf(sampleWith('asff-custom-action', [['Resources'], [role]]))).toMatchObject([
    { kind: 'notify', code: 'own-role' },
  ]);
});

test('our role beside another actor contains neither', () => {
  const actor = { user: { name: 'EntityLockdown', type: 'AssumedRole' } };
  const both = sampleWith('guardduty-sequence', [
    ['service', 'detection', 'sequence', 'actors'],
    [{ user: { name: 'alice', type: 'IAMUser' } }, actor],
  ]);
  expect(intakesOf(both, everything)).toMatchObject([{ kind: 'notify', code: 'own-role' }]);
});

test('the same state of a finding is the same message, however often it is published; a new state is a new one', () => {
  const messages = (body: unknown): readonly string[] => requestsIn(intakesOf(body, everything)).map(({ message }) => message);
  const noted = sampleWith('ocsf-user', [['comment'], 'somebody wrote a note']);
  expect(messages(noted)).toEqual(messages(sample('ocsf-user')));
  const later = sampleWith('ocsf-user', [['finding_info', 'modified_time_dt'], '2026-03-14T03:30:00.000Z']);
  expect(messages(later)).not.toEqual(messages(sample('ocsf-user')));
  const timeless = sampleWith('guardduty-mining-instance', [['updatedAt'], undefined]);
  expect(messages(timeless)).toEqual([id]);
});

test('the same entity twice in a finding is one request', () => {
  const actor = { user: { name: 'alice', type: 'IAMUser' } };
  const twice = sampleWith('guardduty-sequence', [
    ['service', 'detection', 'sequence', 'actors'],
    [actor, actor],
  ]);
  expect(intakesOf(twice, everything)).toHaveLength(1);
});

test.each<[string, unknown, string]>([
  ['a request', { arn: user, externalId: secret.current }, 'not-a-finding'],
  ['words', 'contain it', 'not-a-finding'],
  ['an empty list', [], 'not-a-finding'],
  [
    'a finding of another source',
    changed(sample('guardduty-mining-instance'), ['source'], 'custom.guardduty'),
    'unsupported-event',
  ],
  [
    'an event of another type',
    changed(sample('guardduty-mining-instance'), ['detail-type'], 'AWS API Call via CloudTrail'),
    'unsupported-event',
  ],
  ['an insight', changed(click, ['detail-type'], 'Security Hub Insight Results'), 'unsupported-event'],
  ['an event without a detail', changed(sample('guardduty-mining-instance'), ['detail'], undefined), 'not-a-finding'],
])('%s is refused', (_name, body, code) => {
  const all = intakesOf(body, everything);
  expect(all).toEqual([{ kind: 'refused', code, reason: expect.any(String), answer: neutralAnswer, message: id, topic }]);
  expect(JSON.stringify(all)).not.toContain(secret.current);
});

test('attributes count for nothing here', () => {
  const published = arrived({ attributes: { Arn: user, ExternalId: secret.current }, body: 'x' });
  expect(findingsFrom(published, { rules: everything, secret })).toMatchObject([{ kind: 'refused', code: 'not-a-finding' }]);
});

test('a record that cannot be read is refused', () => {
  const [read] = messagesOf(changed(eventOf({}), ['Records', 0, 'Sns', 'Message'], 1));
  expect(read && findingsFrom(read, { rules: everything })).toMatchObject([
    { kind: 'refused', code: 'unreadable', topic, message: id },
  ]);
});

test('the secret of the request topic is in nothing that comes out, wherever it stands in a finding', () => {
  const text = JSON.stringify(sample('guardduty-stolen-role'))
    .replaceAll('web-role', secret.current)
    .replaceAll('Credentials', secret.previous);
  const all = intakesOf(JSON.parse(text), everything);
  expect(all).toHaveLength(1);
  expect(JSON.stringify(all)).not.toMatch(new RegExp(`${secret.current}|${secret.previous}`));
});

test('nor where it is escaped in the JSON of a finding', () => {
  const escaped = [...secret.current].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const body = JSON.stringify(sample('guardduty-stolen-role')).replaceAll('Credentials', escaped);
  expect(body).not.toContain(secret.current);
  const all = intakesOf(body, everything);
  expect(all).toMatchObject([{ kind: 'request', finding: { title: expect.stringContaining('[hidden]') } }]);
  expect(JSON.stringify(all)).not.toContain(secret.current);
});
