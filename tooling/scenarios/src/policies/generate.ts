// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of policies
import type { Chance } from '../chance.ts';
import { callerArn, type Document, type PolicyCase } from './policy-case.ts';
import { account, began, bucket, type PolicyWorld, region, sessionName, stranger } from './world.ts';

const instance = `arn:aws:ec2:${region}:${account}:instance/i-0123456789abcdef0`;
const sibling = `arn:aws:ec2:${region}:${account}:instance/i-0fedcba9876543210`;
const task = `arn:aws:lambda:${region}:${account}:function:task`;
const alice = `arn:aws:iam::${account}:user/people/alice`;
const minute = 60_000;

/** What may be asked. The actions without resources of their own are asked of `*`. */
const questions: readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[] = [
  { actions: ['iam:ListUsers', 'ec2:DescribeInstances', 'sqs:ListQueues'], resources: ['*'] },
  { actions: ['iam:GetUser', 'iam:DeleteUser'], resources: [alice, `arn:aws:iam::${account}:user/bob`] },
  { actions: ['iam:GetRole', 'iam:DeleteRole'], resources: [`arn:aws:iam::${account}:role/service/app`] },
  { actions: ['ec2:StopInstances', 'ec2:TerminateInstances'], resources: [instance, sibling] },
  { actions: ['lambda:GetFunctionConfiguration', 'lambda:DeleteFunction'], resources: [task] },
  { actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [`arn:aws:s3:::${bucket}`] },
  {
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: ['k', 'red/k', 'alice/k:1'].map((key) => `arn:aws:s3:::${bucket}/${key}`),
  },
];

const actionPatterns = ['*', 'iam:*', 'iam:Get*', 'IAM:*user', 'iam:?etRole', 'ec2:*Instances', 's3:*', 's3:*Object', 'lambda:*'];

const resourcePatterns = [
  '*',
  'arn:aws:iam::*:user/*',
  `arn:aws:iam::${account}:role/service/*`,
  `arn:aws:iam::${account}:user/people/?lice`,
  'arn:aws:ec2:*:*:instance/i-0123456789abcde??',
  `arn:aws:ec2:us-*:${account}:instance/*`,
  `arn:*:lambda:${region}:${account}:function:*`,
  `arn:aws:s3:::${bucket}`,
  `arn:aws:s3:::${bucket}*`,
  `arn:aws:s3:::${bucket}/*`,
  `arn:aws:s3:::${bucket}/*/k`,
  `arn:aws:s3:::${bucket}/\${aws:PrincipalTag/team}/*`,
  `arn:aws:s3:::${bucket}/\${aws:username, 'red'}/*`,
];

// Known to the simulator as AWS's documentation has it in Resource alone; see the differences.
const onlyAsResource = ['arn:aws:iam::*', 'arn:aws:s3:*', 'arn:aws:*', `arn:aws:s3:::${bucket}/\${aws:username}/*`];

type Kind = 'arn' | 'text' | 'set' | 'date' | 'number' | 'truth';

const operators: { readonly [kind in Kind]: readonly string[] } = {
  arn: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'StringEquals', 'StringLike', 'StringNotLike'],
  text: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'],
  set: [
    'ForAllValues:StringEquals',
    'ForAnyValue:StringEquals',
    'ForAllValues:StringLike',
    'ForAnyValue:StringLike',
    'ForAllValues:StringNotEquals',
    'ForAnyValue:StringNotEquals',
    'ForAllValues:StringNotLike',
    'ForAnyValue:StringNotLike',
  ],
  date: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((name) => `Date${name}`),
  number: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
    (name) => `Numeric${name}`,
  ),
  truth: ['Bool'],
};

const times = [began, began + 5 * minute, began + 10 * minute, began + 20 * minute];
const instants = times.map((time) => new Date(time).toISOString());

interface Key {
  readonly key: string;
  readonly kind: Kind;
  readonly values: readonly string[];
}

function keysOf({ principals }: PolicyWorld): readonly Key[] {
  const arns = principals.map(({ arn }) => arn);
  const ids = principals.map(({ kind, id }) => (kind === 'user' ? id : `${id}:${sessionName}`));
  return [
    {
      key: 'aws:PrincipalArn',
      kind: 'arn',
      values: [...arns, 'arn:aws:iam::*:user/*', `arn:aws:iam::${account}:role/service/a??`],
    },
    { key: 'ec2:SourceInstanceARN', kind: 'arn', values: [instance, sibling, `arn:aws:ec2:*:${account}:instance/i-01*`] },
    { key: 'lambda:SourceFunctionArn', kind: 'arn', values: [task, `${task}s`, `arn:aws:lambda:*:*:function:t*`] },
    { key: 'aws:userid', kind: 'text', values: [...ids, 'AIDA*', `*:${sessionName}`] },
    { key: 'aws:PrincipalTag/team', kind: 'text', values: ['red', 'blue', 'RED', 'r?d', "${aws:RequestTag/team, 'red'}"] },
    { key: 'aws:PrincipalType', kind: 'text', values: ['User', 'AssumedRole', 'assumedrole'] },
    { key: 'aws:PrincipalAccount', kind: 'text', values: [account, stranger, '${aws:ResourceAccount}'] },
    { key: 'aws:RequestedRegion', kind: 'text', values: [region, 'us-east-1', 'eu-*'] },
    { key: 'aws:RequestTag/team', kind: 'text', values: ['red', 'blue', '${aws:PrincipalTag/team}', '*'] },
    { key: 'aws:username', kind: 'text', values: ['alice', 'Alice', 'a*', 'eve'] },
    { key: 'aws:TagKeys', kind: 'set', values: ['team', 'cost', 't*', 'colour'] },
    { key: 'aws:TokenIssueTime', kind: 'date', values: instants },
    { key: 'aws:CurrentTime', kind: 'date', values: instants },
    { key: 'aws:EpochTime', kind: 'number', values: times.map((time) => String(time / 1_000)) },
    { key: 'aws:MultiFactorAuthAge', kind: 'number', values: ['0', '60', '300', '3600.5'] },
    { key: 'aws:SecureTransport', kind: 'truth', values: ['true', 'false', 'True'] },
    { key: 'aws:MultiFactorAuthPresent', kind: 'truth', values: ['true', 'false'] },
    { key: 'aws:ViaAWSService', kind: 'truth', values: ['true', 'false'] },
  ];
}

/** What a document is for. The principals that a statement may name, and the keys that it may not, are a bucket policy's. */
interface Use {
  readonly action: string;
  readonly resource: string;
  readonly principals?: readonly (string | object)[];
  readonly without?: readonly string[];
}

/** Cases on which AWS's documentation and the simulator agree: the differences, with their pages, are in the test. */
export function caseMaker(world: PolicyWorld, random: Chance): () => PolicyCase {
  const keys = keysOf(world);
  const often = (probability: number): boolean => random.next() < probability;
  const some = <T>(from: readonly T[]): T | readonly T[] =>
    often(0.6) ? random.pick(from) : Array.from({ length: 1 + random.below(3) }, () => random.pick(from));

  function condition(without: readonly string[]): object {
    const { key, kind, values } = random.pick(keys.filter((each) => !without.includes(each.key)));
    const spelled = often(0.2) ? key.toLowerCase() : key;
    if (often(0.15)) return { Null: { [spelled]: random.pick(['true', 'false', 'True', true, false]) } };
    const operator = random.pick(operators[kind]);
    const ifExists = often(0.25);
    return { [ifExists ? `${operator}IfExists` : operator]: { [spelled]: some(values) } };
  }

  function statement(allow: boolean, { action, resource, principals, without = [] }: Use): object {
    const wide = allow && often(0.5);
    const Action = wide ? '*' : often(0.3) ? action : some([...actionPatterns, ...questions.flatMap(({ actions }) => actions)]);
    const except = !wide && often(0.2);
    const patterns = except ? resourcePatterns.slice(1) : [...resourcePatterns, ...onlyAsResource];
    const Resource = wide ? '*' : !except && often(0.3) ? resource : some(patterns);
    const conditions = Array.from({ length: random.below(3) }, () => condition(without));
    return {
      Effect: allow ? 'Allow' : 'Deny',
      [!wide && often(0.2) ? 'NotAction' : 'Action']: Action,
      [except ? 'NotResource' : 'Resource']: principals === undefined ? Resource : ofBucket(Resource),
      ...(principals !== undefined && { [!allow && often(0.3) ? 'NotPrincipal' : 'Principal']: random.pick(principals) }),
      ...(conditions.length > 0 && { Condition: Object.assign({}, ...conditions) }),
    };
  }

  function document(use: Use): Document {
    const Statement = Array.from({ length: 1 + random.below(3) }, (_, at) => statement(at === 0 || often(0.4), use));
    return { Version: '2012-10-17', Statement };
  }

  return () => {
    const caller = random.pick(world.principals);
    const temporary = caller.kind === 'role' || often(0.3);
    // A stranger has a chance of being allowed with the bucket alone.
    const { actions, resources } = random.pick(caller.account === stranger && often(0.8) ? questions.slice(-2) : questions);
    const action = random.pick(actions);
    const resource = random.pick(resources);
    const issued = random.pick(times);
    const inBucket = resource.startsWith('arn:aws:s3');
    const carried =
      caller.kind === 'user'
        ? {}
        : random.pick([{}, { 'ec2:SourceInstanceARN': instance }, { 'lambda:SourceFunctionArn': task }]);
    const session = caller.kind === 'role' && often(0.3) ? document({ action, resource }) : undefined;
    const asked: PolicyCase = {
      caller,
      temporary,
      carried,
      action,
      resource,
      owner: resource === '*' ? caller.account : account,
      context: {
        ...(often(0.3) && { 'aws:RequestTag/team': random.pick(['red', 'blue']) }),
        ...(often(0.3) && { 'aws:TagKeys': random.pick([['team'], ['team', 'cost'], ['colour', 'team']]) }),
        ...(often(0.3) && { 'aws:MultiFactorAuthAge': random.pick(['60', '300', '4000']) }),
      },
      issued,
      now: issued + random.pick([0, 5, 10]) * minute,
      identity: Array.from({ length: random.below(3) }, () => document({ action, resource })),
    };
    const names = [caller.arn, caller.account, `arn:aws:iam::${caller.account}:root`, `arn:aws:iam::${account}:user/people/bob`];
    // Where there is a session policy, the simulator does not know what a session is granted directly; see the differences.
    const direct = session === undefined ? ['*', { AWS: '*' }, { AWS: callerArn(asked) }] : [];
    const principals: readonly (string | object)[] = [...direct, { AWS: some(names) }, { AWS: some(names) }, { AWS: caller.arn }];
    return {
      ...asked,
      ...(often(0.35) && { boundary: document({ action, resource }) }),
      ...(session !== undefined && { session }),
      ...(inBucket &&
        often(0.7) && { bucket: document({ action, resource, principals, without: ['lambda:SourceFunctionArn'] }) }),
    };
  };
}

/** A bucket's policy is about the bucket alone. */
function ofBucket(resource: string | readonly string[]): string | readonly string[] {
  const about = [resource].flat().filter((each) => each.startsWith('arn:aws:s3:::'));
  return about.length > 0 ? about : [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
}
