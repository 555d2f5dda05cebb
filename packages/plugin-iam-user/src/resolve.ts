import { principalOn } from '@entity-lockdown/iam-deny';
import { type Arn, type Entity, formatArn, iamName, type Reference, type Refusal } from '@entity-lockdown/plugin-api';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html: lengths and alphabets of names and paths */
const nameForm = /^[\w+=,.@-]{1,64}$/;
const pathForm = /^\/([\x21-\x7e]+\/)?$/;
const longestPath = 512;

/** Exactly one IAM user, or why the ARN is none and what to give instead. */
export function resolve({ arn }: Reference): Entity | Refusal {
  if (arn.service === 'iam' && arn.region === '' && arn.account !== '' && arn.resource.startsWith('user/')) return userOf(arn);
  return notUser(arn);
}

function userOf(arn: Arn): Entity | Refusal {
  const name = iamName(arn.resource);
  const path = arn.resource.slice('user'.length, arn.resource.length - name.length);
  if (!nameForm.test(name))
    return {
      refused: `"${name.slice(0, 100)}" cannot be the name of an IAM user: 1 to 64 letters, digits and + = , . @ _ - without a space.`,
      instead: `Check the ARN: it ends in the user's name, after a path if there is one, as in user/team/alice.`,
    };
  if (path.length > longestPath || !pathForm.test(path))
    return {
      refused: 'The IAM path in the ARN is not one that IAM allows.',
      instead: `Check the ARN, or leave the path out: a user's name is unique in its account.`,
    };
  const given = formatArn(arn);
  return {
    key: `${arn.partition}:${arn.account}:${name}`,
    arn: given,
    on: principalOn(given),
    partition: arn.partition,
    account: arn.account,
    region: '',
    name,
  };
}

function notUser(arn: Arn): Refusal {
  const { service, resource, account } = arn;
  const kind = `${service}:${resource.split('/')[0]}`;
  if (kind === 'iam:root')
    return {
      refused: `That is the root user of the account ${account}: its permissions cannot be taken away by a policy in the account.`,
      instead: `Deny it by a service control policy from the organization's management account, change its password and end its sessions, and delete its access keys there.`,
    };
  if (kind === 'sts:federated-user')
    return {
      refused:
        'That is a federated user: a session that an IAM user (or the root user) made by GetFederationToken, which has no policies of its own.',
      instead: `Contain the IAM user that made it, which denies the session as well: CloudTrail's GetFederationToken events name it in userIdentity.`,
    };
  if (kind === 'iam:group')
    return {
      refused: 'That is a group. A group has no credentials, and all its members would be cut off with it.',
      instead: 'Contain the users in it that are compromised: "aws iam get-group" lists them.',
    };
  if (kind === 'iam:mfa' || kind === 'iam:u2f')
    return {
      refused: 'That is an MFA device, which proves who somebody is and grants nothing.',
      instead: 'Contain the user that the device belongs to: "aws iam list-virtual-mfa-devices" names it.',
    };
  return {
    refused: 'That is not the ARN of an IAM user.',
    instead: 'An IAM user has an ARN such as arn:aws:iam::111122223333:user/alice, or with a path user/team/alice.',
  };
}
