import { runSimulation } from '@cloud-copilot/iam-simulate';
import { synthesize } from '@entity-lockdown/infra';
import { describe, expect, test } from 'vitest';
import { type ResolvedResource, resolveTemplate } from './resolve.ts';
import { manifests } from './testing/plugins.ts';

// The policies of the templates, judged by `@cloud-copilot/iam-simulate`, which knows each action's resources and condition keys as AWS's
// service authorization reference has them. It is AGPL: it is here for this test, and in nothing that is published. Which calls the
// containment and the release role must allow is in tooling/scenarios/src/cases/deployed-roles.test.ts: all that the plugins make.

const home = '111122223333';
const member = '444455556666';
const other = '123456789012';
const lead = `arn:aws:iam::${home}:role/IncidentLead`;
const templates = synthesize(manifests, '0'.repeat(64));
/** Of IAM Identity Center, as the parameter's description writes it. */
const permissionSet = exampleIn((templates.memberAccount as Explained).Parameters.ReleasePrincipals?.Description ?? '').replace(
  'Responders',
  'Leads',
);

const security = resolveTemplate(templates.securityAccount, {
  partition: 'aws',
  account: home,
  region: 'us-east-1',
  parameters: { CodeBucket: 'code', MemberExternalId: 'member-id', ReleasePrincipals: lead, AccountIds: `${home},${member}` },
});
const away = resolveTemplate(templates.memberAccount, {
  partition: 'aws',
  account: member,
  region: 'us-east-1',
  parameters: {
    ResponderRoleArn: `arn:aws:iam::${home}:role/EntityLockdownResponder`,
    ExternalId: 'member-id',
    ReleasePrincipals: `${lead},${permissionSet}`,
  },
});

interface Explained {
  readonly Parameters: { readonly [name: string]: { readonly Description?: string } };
}

function exampleIn(description: string): string {
  return /arn:aws:iam::\d+:role\/aws-reserved\S+\*(?=\.)/.exec(description)?.[0] ?? '';
}

type Resources = typeof security;

function find(resources: Resources, type: string, id: RegExp): ResolvedResource {
  const found = Object.entries(resources).filter(([name, { Type }]) => Type === type && id.test(name));
  if (found.length !== 1) throw new Error(`There are ${found.length} of ${type} ${id}`);
  return (found[0] as (typeof found)[0])[1];
}

function idOf(resources: Resources, type: string, id: RegExp): string {
  return Object.keys(resources).find((name) => resources[name] === find(resources, type, id)) ?? '';
}

interface Case {
  readonly principal: string;
  readonly identity?: readonly object[];
  readonly resourcePolicy?: object;
  readonly action: string;
  readonly resource: string;
  readonly owner?: string;
  readonly context?: { readonly [key: string]: string | string[] };
}

async function decide({
  principal,
  identity = [],
  resourcePolicy,
  action,
  resource,
  owner,
  context = {},
}: Case): Promise<string> {
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: owner ?? (resource.split(':')[4] || home) },
        contextVariables: {
          ...(!isService(principal) && { 'aws:PrincipalArn': principal }),
          'aws:PrincipalIsAWSService': String(isService(principal)),
          'aws:SecureTransport': 'true',
          ...context,
        },
      },
      identityPolicies: identity.map((policy, at) => ({ name: `p${at}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    { simulationMode: 'Strict' },
  );
  if (answer.resultType !== 'single') throw new Error(`the simulator did not decide: ${JSON.stringify(answer).slice(0, 1_000)}`);
  return answer.overallResult;
}

function isService(principal: string): boolean {
  return principal.endsWith('.amazonaws.com');
}

interface Role {
  readonly arn: string;
  readonly identity: readonly object[];
  readonly trust: object;
}

function roleOf(resources: Resources, id: RegExp, account: string): Role {
  const { RoleName, Policies, AssumeRolePolicyDocument } = find(resources, 'AWS::IAM::Role', id).Properties as {
    readonly RoleName: string;
    readonly Policies: readonly { readonly PolicyDocument: object }[];
    readonly AssumeRolePolicyDocument: object;
  };
  return {
    arn: `arn:aws:iam::${account}:role/${RoleName}`,
    identity: Policies.map(({ PolicyDocument }) => PolicyDocument),
    trust: AssumeRolePolicyDocument,
  };
}

const responder = roleOf(security, /ResponderRole/, home);
const containment = roleOf(away, /ContainmentRole/, member);
const release = roleOf(away, /ReleaseRole/, member);
const arnIn = (service: string, id: string): string => `arn:aws:${service}:us-east-1:${home}:${id}`;
const bucket = `arn:aws:s3:::${idOf(security, 'AWS::S3::Bucket', /Ledger/).toLowerCase()}`;
const queue = arnIn('sqs', idOf(security, 'AWS::SQS::Queue', /LockdownContinuations/));
const deadRequests = arnIn('sqs', idOf(security, 'AWS::SQS::Queue', /DeadRequests/));
const deadContinuations = arnIn('sqs', idOf(security, 'AWS::SQS::Queue', /DeadContinuations/));
const topic = (name: string): string => arnIn('sns', idOf(security, 'AWS::SNS::Topic', new RegExp(name)));
const secret = `arn:aws:secretsmanager:us-east-1:${home}:secret:${idOf(security, 'AWS::SecretsManager::Secret', /Secret/)}`;
const memberRole = (name: string, account = member): string => `arn:aws:iam::${account}:role/${name}`;

type Line = [action: string, resource: string, context?: { readonly [key: string]: string }];

describe('the responder', () => {
  const ledger = { 's3:prefix': 'ledger/open/' };
  test.each<Line>([
    ['s3:GetObject', `${bucket}/ledger/open/one`],
    ['s3:PutObject', `${bucket}/ledger/open/one`],
    ['s3:DeleteObject', `${bucket}/ledger/open/one`],
    ['s3:ListBucket', bucket, ledger],
    // S3 asks for it where an object is not there: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    ['s3:ListBucket', bucket],
    ['sqs:SendMessage', queue],
    ['sqs:ReceiveMessage', queue],
    ['sqs:DeleteMessage', queue],
    ['sqs:ChangeMessageVisibility', queue],
    ['sqs:GetQueueAttributes', queue],
    ['sqs:ReceiveMessage', deadRequests],
    ['sqs:ReceiveMessage', deadContinuations],
    ['sqs:SendMessage', deadRequests],
    ['sns:Publish', topic('AuditTopic')],
    ['secretsmanager:GetSecretValue', secret],
    ['logs:PutLogEvents', arnIn('logs', `log-group:${idOf(security, 'AWS::Logs::LogGroup', /Logs/)}:log-stream:one`)],
  ])('may %s on %s', async (action, resource, context) => {
    expect(
      await decide({
        principal: responder.arn,
        identity: responder.identity,
        action,
        resource,
        owner: home,
        ...(context && { context }),
      }),
    ).toBe('Allowed');
  });

  test.each<Line>([
    ['s3:GetObject', `${bucket}/other`],
    ['s3:DeleteObjectVersion', `${bucket}/ledger/open/one`],
    ['s3:BypassGovernanceRetention', `${bucket}/ledger/open/one`],
    ['s3:PutBucketPolicy', bucket],
    ['s3:PutBucketVersioning', bucket],
    ['s3:ListBucket', bucket, { 's3:prefix': '' }],
    ['s3:GetObject', 'arn:aws:s3:::another-bucket/ledger/one'],
    ['sqs:DeleteMessage', deadRequests],
    ['sqs:DeleteMessage', deadContinuations],
    ['sqs:PurgeQueue', queue],
    ['sns:Publish', topic('RequestTopic')],
    ['sns:Publish', topic('FindingsTopic')],
    ['sns:Subscribe', topic('AuditTopic')],
    ['secretsmanager:PutSecretValue', secret],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:us-east-1:${home}:secret:other`],
    ['iam:PutRolePolicy', memberRole('Any', home)],
    ['iam:CreateUser', `arn:aws:iam::${home}:user/mallory`],
    ['lambda:UpdateFunctionCode', arnIn('lambda', 'function:LockdownResponder')],
    ['sts:AssumeRole', memberRole('EntityLockdownRelease')],
    ['sts:AssumeRole', memberRole('Administrator')],
  ])('must not %s on %s', async (action, resource, context) => {
    const decided = await decide({
      principal: responder.arn,
      identity: responder.identity,
      action,
      resource,
      owner: home,
      ...(context && { context }),
    });
    expect(decided).toMatch(/Denied$/);
  });
});

describe('who assumes which role', () => {
  const assuming = (
    role: Role,
    as: string,
    context: Case['context'] = {},
    identity: readonly object[] = [everything],
  ): Promise<string> =>
    decide({
      principal: as,
      identity,
      resourcePolicy: role.trust,
      action: 'sts:AssumeRole',
      resource: role.arn,
      context: { ...context, 'aws:ResourceAccount': role.arn.split(':')[4] ?? '' },
    });
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const withId = { 'sts:ExternalId': 'member-id' };

  test('the responder the containment role, with the external id, in a listed account', async () => {
    expect(await assuming(containment, responder.arn, withId, responder.identity)).toBe('Allowed');
    const unlisted = { ...containment, arn: memberRole('EntityLockdownContainment', other) };
    expect(await assuming(unlisted, responder.arn, withId, responder.identity)).toMatch(/Denied$/);
  });

  test.each([
    ['the responder without the external id', responder.arn, {}],
    ['the responder with another external id', responder.arn, { 'sts:ExternalId': 'other' }],
    ['an administrator of the security account', `arn:aws:iam::${home}:role/Administrator`, withId],
    ['an administrator of the member account', `arn:aws:iam::${member}:role/Administrator`, withId],
    ['a role of that name elsewhere', `arn:aws:iam::${other}:role/EntityLockdownResponder`, withId],
    ['a role of that name with a path', `arn:aws:iam::${home}:role/x/EntityLockdownResponder`, withId],
    ['a human who may release', lead, withId],
  ])('not %s the containment role', async (_, as, context) => {
    expect(await assuming(containment, as, context)).toMatch(/Denied$/);
  });

  test.each([
    [lead],
    [`arn:aws:iam::${home}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Leads_0123456789abcdef`],
    // Of us-east-1. https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    [`arn:aws:iam::${home}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Leads_0123456789abcdef`],
  ])('%s the release role', async (as) => {
    expect(await assuming(release, as)).toBe('Allowed');
  });

  test.each([
    [responder.arn],
    [containment.arn],
    [`arn:aws:iam::${home}:role/Administrator`],
    [`arn:aws:iam::${member}:role/IncidentLead`],
    [`arn:aws:iam::${home}:role/AWSReservedSSO_Leads_0123456789abcdef`],
  ])('not %s the release role', async (as) => {
    expect(await assuming(release, as)).toMatch(/Denied$/);
  });
});

describe('what containing and releasing must not reach', () => {
  const denyAll = { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AWSDenyAll' };
  const may = (role: Role, action: string, resource: string, context: Case['context'] = {}): Promise<string> =>
    decide({ principal: role.arn, identity: role.identity, action, resource, owner: member, context });

  test('both roles set of an instance what keeps it from being lost', async () => {
    const instance = `arn:aws:ec2:us-east-1:${member}:instance/i-1`;
    for (const role of [containment, release])
      for (const attribute of ['DisableApiTermination', 'disableApiStop', 'InstanceInitiatedShutdownBehavior'])
        expect(await may(role, 'ec2:ModifyInstanceAttribute', instance, { 'ec2:Attribute': attribute })).toBe('Allowed');
  });

  test('the containment role denies any other role, and none of its own kind', async () => {
    expect(await may(containment, 'iam:PutRolePolicy', memberRole('Any'))).toBe('Allowed');
    expect(await may(containment, 'iam:AttachRolePolicy', memberRole('Any'), denyAll)).toBe('Allowed');
    for (const name of ['EntityLockdownResponder', 'EntityLockdownContainment', 'EntityLockdownRelease']) {
      expect(await may(containment, 'iam:PutRolePolicy', memberRole(name))).toBe('ExplicitlyDenied');
      expect(await may(containment, 'iam:AttachRolePolicy', memberRole(name), denyAll)).toBe('ExplicitlyDenied');
      expect(await may(release, 'iam:DeleteRolePolicy', memberRole(name))).toBe('ExplicitlyDenied');
    }
  });

  test.each<Line>([
    ['iam:AttachRolePolicy', memberRole('Any'), { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    [
      'iam:AttachUserPolicy',
      `arn:aws:iam::${member}:user/mallory`,
      { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    [
      'iam:PutUserPermissionsBoundary',
      `arn:aws:iam::${member}:user/mallory`,
      { 'iam:PermissionsBoundary': `arn:aws:iam::${member}:policy/none` },
    ],
    ['iam:DeleteUserPermissionsBoundary', `arn:aws:iam::${member}:user/mallory`],
    ['iam:CreatePolicyVersion', `arn:aws:iam::${member}:policy/EntityLockdownContainment1`],
    ['iam:CreatePolicyVersion', `arn:aws:iam::${member}:policy/EntityLockdownReleases`],
    ['iam:CreatePolicyVersion', `arn:aws:iam::${member}:policy/Deployers`],
    ['iam:CreateAccessKey', `arn:aws:iam::${member}:user/mallory`],
    ['iam:UpdateAssumeRolePolicy', memberRole('Any')],
    ['iam:PassRole', memberRole('Any')],
    ['iam:DeleteRole', memberRole('Any')],
    ['ec2:TerminateInstances', `arn:aws:ec2:us-east-1:${member}:instance/i-1`],
    // What an instance runs as root when it starts.
    ['ec2:ModifyInstanceAttribute', `arn:aws:ec2:us-east-1:${member}:instance/i-1`, { 'ec2:Attribute': 'UserData' }],
    ['ec2:DeleteSecurityGroup', `arn:aws:ec2:us-east-1:${member}:security-group/sg-1`],
    ['ec2:AuthorizeSecurityGroupIngress', `arn:aws:ec2:us-east-1:${member}:security-group/sg-1`],
    ['ec2:CreateTags', `arn:aws:ec2:us-east-1:${member}:instance/i-1`],
    ['lambda:UpdateFunctionCode', `arn:aws:lambda:us-east-1:${member}:function:task`],
    ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${member}:function:task`],
    ['sts:AssumeRole', memberRole('Any')],
    ['s3:GetObject', 'arn:aws:s3:::data/x'],
  ])('the containment role must not %s on %s', async (action, resource, context) => {
    expect(await may(containment, action, resource, context)).toMatch(/Denied$/);
  });

  test.each<Line>([
    ['iam:PutRolePolicy', memberRole('Any')],
    ['iam:AttachRolePolicy', memberRole('Any'), { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    ['iam:DetachRolePolicy', memberRole('Any'), { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    ['iam:CreatePolicy', `arn:aws:iam::${member}:policy/EntityLockdown-x`],
    ['ec2:DeleteSecurityGroup', `arn:aws:ec2:us-east-1:${member}:security-group/sg-1`],
    ['ec2:CreateSecurityGroup', `arn:aws:ec2:us-east-1:${member}:security-group/sg-1`],
    ['ec2:ModifyInstanceAttribute', `arn:aws:ec2:us-east-1:${member}:instance/i-1`, { 'ec2:Attribute': 'UserData' }],
    ['lambda:UpdateFunctionCode', `arn:aws:lambda:us-east-1:${member}:function:task`],
  ])('the release role must not %s on %s', async (action, resource, context) => {
    expect(await may(release, action, resource, context)).toMatch(/Denied$/);
  });
});

describe('the topics', () => {
  const policyOf = (name: string): object =>
    find(security, 'AWS::SNS::TopicPolicy', new RegExp(name)).Properties.PolicyDocument as object;
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const published = (
    name: string,
    principal: string,
    context: Case['context'] = {},
    identity: readonly object[] = [],
  ): Promise<string> =>
    decide({
      principal,
      identity,
      resourcePolicy: policyOf(`${name}Policy`),
      action: 'sns:Publish',
      resource: topic(name),
      context,
    });
  const admin = `arn:aws:iam::${home}:role/Administrator`;

  test('those who request may publish requests, and nothing else', async () => {
    const { PolicyDocument } = find(security, 'AWS::IAM::ManagedPolicy', /RequestPolicy/).Properties as {
      readonly PolicyDocument: object;
    };
    expect(await published('RequestTopic', admin, {}, [PolicyDocument])).toBe('Allowed');
    expect(await published('RequestTopic', admin, { 'aws:SecureTransport': 'false' }, [PolicyDocument])).toBe('ExplicitlyDenied');
    for (const name of ['FindingsTopic', 'AuditTopic'])
      expect(await published(name, admin, {}, [PolicyDocument])).toMatch(/Denied$/);
    expect(await published('RequestTopic', `arn:aws:iam::${other}:role/Any`, {}, [everything])).toMatch(/Denied$/);
  });

  test('nobody publishes findings, an administrator neither', async () => {
    expect(await published('FindingsTopic', admin, {}, [everything])).toBe('ExplicitlyDenied');
    expect(await published('FindingsTopic', responder.arn, {}, [everything])).toBe('ExplicitlyDenied');
  });

  const rule = (account: string): Case['context'] => ({ 'aws:SourceArn': `arn:aws:events:us-east-1:${account}:rule/guardduty` });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions: no condition may be needed.
  test.each(['RequestTopic', 'FindingsTopic'])('a rule publishes on the %s, whether it is said which or not', async (name) => {
    expect(await published(name, 'events.amazonaws.com')).toBe('Allowed');
    expect(await published(name, 'events.amazonaws.com', rule(home))).toBe('Allowed');
    expect(await published(name, 'events.amazonaws.com', rule(other))).toBe('ExplicitlyDenied');
  });

  test('no other service publishes findings, nor a rule with the role of another account', async () => {
    expect(await published('FindingsTopic', 's3.amazonaws.com')).toMatch(/Denied$/);
    expect(await published('FindingsTopic', 's3.amazonaws.com', { 'aws:SourceArn': 'arn:aws:s3:::bucket' })).toMatch(/Denied$/);
    const theirs = `arn:aws:iam::${other}:role/Rules`;
    expect(await published('FindingsTopic', theirs, {}, [everything])).toBe('ExplicitlyDenied');
    expect(await published('RequestTopic', theirs, {}, [everything])).toMatch(/Denied$/);
  });

  test('nobody but the responder and alarms tells, an administrator neither', async () => {
    expect(await published('AuditTopic', responder.arn, {}, responder.identity)).toBe('Allowed');
    expect(await published('AuditTopic', admin, {}, [everything])).toBe('ExplicitlyDenied');
  });

  test('alarms of this account are told', async () => {
    const alarm = (account: string): string => `arn:aws:cloudwatch:us-east-1:${account}:alarm:errors`;
    expect(await published('AuditTopic', 'cloudwatch.amazonaws.com', { 'aws:SourceArn': alarm(home) })).toBe('Allowed');
    expect(await published('AuditTopic', 'cloudwatch.amazonaws.com', { 'aws:SourceArn': alarm(other) })).toMatch(/Denied$/);
  });
});
