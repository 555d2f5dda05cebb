import type { Manifest } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { synthesize } from './synthesize.ts';
import { templateText } from './template-text.ts';
import { manifests, noCode } from './testing/plugins.ts';
import { allowedActions, type Resource, type Template } from './testing/template.ts';

const { securityAccount, memberAccount } = synthesize(manifests, noCode) as {
  securityAccount: Template;
  memberAccount: Template;
};
const both = [
  ['security account', securityAccount],
  ['member account', memberAccount],
] as const;

describe.each(both)('the template of the %s', (_, template) => {
  test('is short enough to be given to CloudFormation as it is', () => {
    expect(Buffer.byteLength(templateText(template))).toBeLessThan(51_200);
    expect(JSON.parse(templateText(template))).toEqual(template);
  });

  test('allows no action by a wildcard', () => {
    const actions = allowedActions(template);
    expect(actions.length).toBeGreaterThan(10);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('asks nothing of the account and names no partition, account or Region', () => {
    const text = JSON.stringify({ ...template, Parameters: {} });
    expect(template.Rules).toBeUndefined();
    expect(text.match(/arn:aws|:\d{12}:|us-east-1|amazonaws\.com\.cn/g)).toBeNull();
  });

  test('explains each parameter and output', () => {
    const shown = template.Metadata['AWS::CloudFormation::Interface'];
    const parameters = Object.keys(template.Parameters);
    expect(shown.ParameterGroups.flatMap(({ Parameters }) => Parameters).toSorted()).toEqual(parameters.toSorted());
    expect(Object.keys(shown.ParameterLabels).toSorted()).toEqual(parameters.toSorted());
    for (const each of [...Object.values(template.Parameters), ...Object.values(template.Outputs)])
      expect(each.Description).toBeTruthy();
  });
});

// https://docs.amazonaws.cn/en_us/aws/latest/userguide/lambda.html: there is no detection of loops in China, and nothing to set of it.
test('of the function nothing is set in China that there is not', () => {
  expect(theOnly('AWS::Lambda::Function').Properties.RecursiveLoop).toEqual({
    'Fn::If': ['InChina', { Ref: 'AWS::NoValue' }, 'Allow'],
  });
});

test('the secret is not echoed', () => {
  expect(securityAccount.Parameters.RequestExternalId).toMatchObject({ NoEcho: true });
});

test('the ledger alone stays', () => {
  const kept = (template: Template): readonly Resource[] =>
    Object.values(template.Resources).filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete');
  expect(kept(securityAccount).map(({ Type }) => Type)).toEqual(['AWS::S3::Bucket']);
  expect(kept(memberAccount)).toEqual([]);
});

test('dead letters that the sweep hides while it tells of them are alarmed of too', () => {
  const ofQueues = Object.values(securityAccount.Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && JSON.stringify(Properties).includes('"AWS/SQS"'),
  );
  expect(ofQueues).toHaveLength(2);
  for (const { Properties } of ofQueues)
    for (const which of ['Visible', 'NotVisible'])
      expect(JSON.stringify(Properties.Metrics)).toContain(`"ApproximateNumberOfMessages${which}"`);
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
test('a stack that could not be made leaves no bucket', () => {
  expect(theOnly('AWS::S3::Bucket')).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});

// CloudFormation replaces a bucket whose Object Lock is enabled later, and the responder would go on with an empty ledger:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
test('whether the ledger is locked can be changed, and the bucket stays the same', () => {
  const { ObjectLockEnabled, ObjectLockConfiguration } = theOnly('AWS::S3::Bucket').Properties;
  expect(ObjectLockEnabled).toBe(true);
  expect(ObjectLockConfiguration).toEqual({
    ObjectLockEnabled: 'Enabled',
    Rule: {
      'Fn::If': [
        'HasLedgerLock',
        { DefaultRetention: { Mode: { Ref: 'LedgerLock' }, Days: { Ref: 'LedgerRetentionDays' } } },
        { Ref: 'AWS::NoValue' },
      ],
    },
  });
});

function theOnly(type: string): Resource {
  const [found, ...others] = Object.values(securityAccount.Resources).filter(({ Type }) => Type === type);
  if (found === undefined || others.length > 0) throw new Error(`there is not one ${type}`);
  return found;
}

test('a plugin more changes the policies, and nothing else of what is allowed', () => {
  const fifth: Manifest = {
    api: 1,
    id: 'test.dynamodb.table',
    title: 'table',
    match: ['arn:*:dynamodb:*:*:table/*'],
    grants: [
      { sessions: ['contain'], actions: ['dynamodb:PutResourcePolicy'], resources: ['*'], why: 'deny' },
      { sessions: ['release'], actions: ['dynamodb:DeleteResourcePolicy'], resources: ['*'], why: 'release' },
    ],
  };
  const five = synthesize([...manifests, fifth], noCode) as { securityAccount: Template; memberAccount: Template };
  const added = (template: Template, before: Template): readonly string[] => {
    const known = new Set(allowedActions(before));
    return allowedActions(template).filter((action) => !known.has(action));
  };
  const its = ['dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy'];
  expect(added(five.memberAccount, memberAccount)).toEqual(its);
  expect(added(five.securityAccount, securityAccount)).toEqual(its);
});

test('the plugin set of the templates is what the app depends on', async () => {
  const { dependencies } = (await import('../package.json', { with: { type: 'json' } })).default;
  const plugins = Object.keys(dependencies).filter((name) => /^@entity-lockdown\/plugin-(?!api$)/.test(name));
  expect(plugins).toHaveLength(manifests.length);
});

test.each([
  ['ReleasePrincipals', ['', 'arn:aws:iam::111122223333:role/a/b', 'arn:aws-us-gov:iam::111122223333:user/lead'], true],
  [
    'ReleasePrincipals',
    ['*', 'arn:aws:iam::111122223333:root', 'arn:aws:sts::111122223333:assumed-role/a/b', 'IncidentLead'],
    false,
  ],
  ['AccountIds', ['*', '111122223333'], true],
  ['RolePath', ['', 'security/', 'security/entity-lockdown/'], true],
  ['RolePath', ['security', '/security/', 'EntityLockdown-roles/', 'EntityLockdown-'], false],
  ['AccountIds', ['', '1111-2222-3333', 'r-abcd', '11112222333*'], false],
] as const)('%s takes %j: %s', (name, values, taken) => {
  const pattern = new RegExp(securityAccount.Parameters[name]?.AllowedPattern ?? '');
  for (const value of values) expect([value, pattern.test(value)]).toEqual([value, taken]);
});
