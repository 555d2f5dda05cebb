import { type Arn, formatArn, iamName, isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import { shownText } from '../text.ts';
import type { FoundEntity, FoundReference, Part } from './finding.ts';
import type { Place } from './place.ts';
import { type Principal, principalEntity } from './principal.ts';

/** A resource of a finding, in any spelling of its type: `Instance`, `AwsEc2Instance`, `AWS::EC2::Instance`. */
export interface Resource {
  readonly type: string;
  /** Its ARN, or its id or name where the service gives no ARN. */
  readonly id: string;
  readonly place: Place | undefined;
  readonly part: Part;
  /** Whose an access key is, where the resource is one. */
  readonly principal?: Principal;
}

/** The entity that a resource is: a reference by its ARN, or what to do where it cannot be contained. */
export function resourceEntity({ type, id, place, part, principal }: Resource): FoundEntity {
  const kind = spelled(type);
  const known = Object.hasOwn(types, kind) ? types[kind] : undefined;
  if (known === 'key') return keyEntity(id, place, part, principal ?? {});
  if (known === undefined)
    return { kind: 'unsupported', type: shownText(type, 100), id: shownText(id, 300), part, ...adviceFor(kind) };
  return (
    reference(known, id, place, part) ?? {
      kind: 'unsupported',
      type: shownText(type, 100),
      id: shownText(id, 300),
      part,
      why: 'The finding does not say completely which one it is.',
      instead: 'Find its ARN in the account and Region of the finding, and contain it by that.',
    }
  );
}

function spelled(type: string): string {
  return type.replaceAll(/[:_]/g, '').toLowerCase();
}

function keyEntity(id: string, place: Place | undefined, part: Part, principal: Principal): FoundEntity {
  // Some findings give the user's ARN in place of the key's id.
  const user = reference('user', id.startsWith('arn:') ? id : '', undefined, part) ?? reference('role', id, undefined, part);
  if (user !== undefined) return user;
  // https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsIamAccessKeyDetails.html; the id may have the type before it.
  return principalEntity({ keyId: id.slice(id.lastIndexOf(':') + 1), ...principal }, place, part);
}

function reference(type: FoundReference['type'], id: string, place: Place | undefined, part: Part): FoundReference | undefined {
  const { service, regional, prefix, nameForm } = forms[type];
  if (id.startsWith('arn:')) {
    const arn = parseArn(id);
    if (isArnFault(arn) || arn.account === '') return undefined;
    if (isOf(arn, service, prefix, nameForm)) return { kind: 'reference', type, part, arn: id };
    // A session stands for its role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    if (type === 'role' && isOf(arn, 'sts', 'assumed-role/', nameForm))
      return { kind: 'reference', type, part, arn: id, pathUnknown: true };
    return undefined;
  }
  if (place === undefined || !nameForm.test(id)) return undefined;
  const { partition, account, region } = place;
  if (regional) {
    const arn = formatArn({ partition, service, region, account, resource: `${prefix}${id}` });
    return { kind: 'reference', type, part, arn };
  }
  const resource = type === 'role' ? `assumed-role/${id}` : `${prefix}${id}`;
  const arn = formatArn({ partition, service: type === 'role' ? 'sts' : service, region: '', account, resource });
  return { kind: 'reference', type, part, arn, pathUnknown: true };
}

/** The name comes after an IAM path, and before the qualifier of a function or the name of a session. */
function isOf(arn: Arn, service: string, prefix: string, nameForm: RegExp): boolean {
  if (arn.service !== service || !arn.resource.startsWith(prefix)) return false;
  const rest = arn.resource.slice(prefix.length);
  const [first = ''] = rest.split(/[:/]/);
  return nameForm.test(service === 'iam' ? iamName(rest) : first);
}

interface Form {
  readonly service: string;
  readonly regional: boolean;
  readonly prefix: string;
  readonly nameForm: RegExp;
}

const forms: { readonly [type in FoundReference['type']]: Form } = {
  instance: { service: 'ec2', regional: true, prefix: 'instance/', nameForm: /^i-([0-9a-f]{8}|[0-9a-f]{17})$/ },
  function: { service: 'lambda', regional: true, prefix: 'function:', nameForm: /^[a-zA-Z0-9-_]{1,64}$/ },
  user: { service: 'iam', regional: false, prefix: 'user/', nameForm: /^[\w+=,.@-]{1,64}$/ },
  role: { service: 'iam', regional: false, prefix: 'role/', nameForm: /^[\w+=,.@-]{1,64}$/ },
};

const types: { readonly [spelled: string]: FoundReference['type'] | 'key' } = {
  instance: 'instance',
  awsec2instance: 'instance',
  ec2instance: 'instance',
  lambda: 'function',
  awslambdafunction: 'function',
  lambdafunction: 'function',
  awsiamuser: 'user',
  iamuser: 'user',
  awsiamrole: 'role',
  iamrole: 'role',
  accesskey: 'key',
  awsiamaccesskey: 'key',
};

type Advice = { readonly why: string; readonly instead: string };

function adviceFor(kind: string): Advice {
  const found = advices.find(([word]) => kind.includes(word));
  return found?.[1] ?? anything;
}

const anything: Advice = {
  why: 'Resources of this type are not contained from a finding.',
  instead:
    'Contain the user, the role, the instance or the function that acts on it: CloudTrail names it. Where a plugin contains this type, give its ARN.',
};

const advices: readonly (readonly [word: string, advice: Advice])[] = [
  [
    's3',
    {
      why: 'A bucket does not act: somebody reads or changes it.',
      instead:
        'Contain who did, by the ARN that CloudTrail names. To close the bucket, use the runbook AWSSupport-ContainS3Resource.',
    },
  ],
  [
    'eks',
    {
      why: 'A cluster is not contained as a whole.',
      instead:
        'Isolate the pod by a network policy, and contain the role of its service account; contain the node where the pod has left its container.',
    },
  ],
  [
    'kubernetes',
    {
      why: 'A workload of Kubernetes is not contained by IAM alone.',
      instead:
        'Isolate the pod by a network policy, and contain the role of its service account; contain the node where the pod has left its container.',
    },
  ],
  [
    'ecs',
    {
      why: 'A cluster or a task is not contained as a whole.',
      instead: 'Stop the task, and contain its task role; contain the container instance where the task has left its container.',
    },
  ],
  [
    'container',
    {
      why: 'A container has no identity of its own in AWS.',
      instead: 'Stop it or its task, and contain the role that it has; contain the instance where it has left its container.',
    },
  ],
  [
    'rds',
    {
      why: 'A database has users of its own, which IAM does not know.',
      instead: 'Lock the database user, and narrow the security groups of the database.',
    },
  ],
];
