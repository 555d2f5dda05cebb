import { principalOn, uneditable } from '@entity-lockdown/iam-deny';
import { type Arn, type Entity, formatArn, iamName, type Reference, type Refusal } from '@entity-lockdown/plugin-api';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html: lengths and alphabets of names and paths */
const nameForm = /^[\w+=,.@-]{1,64}$/;
const pathForm = /^\/([\x21-\x7e]+\/)?$/;
const longestPath = 512;

/** Exactly one IAM role, or why the ARN is none and what to give instead. A session stands for the role that it is of. */
export function resolve({ arn }: Reference): Entity | Refusal {
  if (arn.region !== '' || arn.account === '') return notRole(arn);
  if (arn.service === 'iam' && arn.resource.startsWith('role/')) return roleOf(arn);
  if (arn.service === 'sts' && arn.resource.startsWith('assumed-role/')) return roleOfSession(arn);
  return notRole(arn);
}

function roleOf(arn: Arn): Entity | Refusal {
  const name = iamName(arn.resource);
  const path = arn.resource.slice('role'.length, arn.resource.length - name.length);
  if (!nameForm.test(name)) return noName(name);
  if (path.length > longestPath || !pathForm.test(path))
    return {
      refused: 'The IAM path in the ARN is not one that IAM allows.',
      instead: `Check the ARN: "aws iam get-role" answers the one of the role with a name.`,
    };
  return uneditable(formatArn(arn)) ?? entityOf(arn, name, {});
}

/** `assumed-role/<role's name without path>/<session>`; the session may be left out. */
function roleOfSession(arn: Arn): Entity | Refusal {
  const [, name = '', session = '', ...more] = arn.resource.split('/');
  if (name.startsWith('aws:'))
    return {
      refused: `That is a session of AWS itself (${name.slice(0, 100)}), not of a role in the account.`,
      instead: 'Contain the instance or the resource that AWS acts for.',
    };
  if (!nameForm.test(name) || more.length > 0) return noName([name, session, ...more].join('/'));
  const role = { ...arn, service: 'iam', resource: `role/${name}` };
  return uneditable(formatArn(role)) ?? entityOf(role, name, { pathUnknown: true, note: noteOf(name, session) });
}

function noteOf(name: string, session: string): string {
  if (/^i-[0-9a-f]{8,17}$/.test(session))
    return `All sessions of the role ${name} are meant, not only that of the instance ${session}. To cut off this instance alone, contain the instance.`;
  return session === ''
    ? `All sessions of the role ${name} are meant.`
    : `All sessions of the role ${name} are meant, not only ${session}: whoever can assume the role can take any session name.`;
}

function entityOf(arn: Arn, name: string, more: Pick<Entity, 'pathUnknown' | 'note'>): Entity {
  const formatted = formatArn(arn);
  return {
    key: `${arn.partition}:${arn.account}:${name}`,
    arn: formatted,
    on: principalOn(formatted),
    partition: arn.partition,
    account: arn.account,
    region: '',
    name,
    ...more,
  };
}

function noName(name: string): Refusal {
  return {
    refused: `"${name.slice(0, 100)}" cannot be the name of an IAM role: 1 to 64 letters, digits and + = , . @ _ - without a space.`,
    instead: `Check the ARN: it ends in the role's name, after a path if there is one, as in role/team/app.`,
  };
}

function notRole({ service, resource }: Arn): Refusal {
  const kind = `${service}:${resource.split('/')[0]}`;
  if (kind === 'iam:instance-profile')
    return {
      refused: 'That is an instance profile, which hands a role to instances and has no permissions of its own.',
      instead: 'Contain the instance, or the role in the profile: "aws iam get-instance-profile" names it.',
    };
  if (kind === 'iam:policy')
    return {
      refused: 'That is a policy. A policy does not act: the users and roles that it is attached to do.',
      instead: 'Contain those that are compromised: "aws iam list-entities-for-policy" lists them.',
    };
  if (kind === 'iam:oidc-provider' || kind === 'iam:saml-provider')
    return {
      refused: 'That is an identity provider, which does not act by itself.',
      instead: 'Contain the roles whose trust policies name it; to keep everybody out, remove it from those trust policies.',
    };
  return {
    refused: 'That is not the ARN of an IAM role.',
    instead:
      'An IAM role has an ARN such as arn:aws:iam::111122223333:role/app, or with a path role/team/app; a session of it arn:aws:sts::111122223333:assumed-role/app/session.',
  };
}
