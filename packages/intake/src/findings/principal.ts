import { formatArn } from '@entity-lockdown/plugin-api';
import { shownText } from '../text.ts';
import type { FoundEntity, Part } from './finding.ts';
import type { Place } from './place.ts';

/** Whose credentials were used, as findings describe it. */
export interface Principal {
  /** As CloudTrail has it: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
  readonly userType?: unknown;
  readonly name?: unknown;
  /** `AIDA...`, or `AROA...:session`. */
  readonly principalId?: unknown;
  readonly keyId?: unknown;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
const nameForm = /^[\w+=,.@-]{1,64}$/;
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sessionForm = /^[\w+=,.@-]{2,64}$/;

/** The user or the role behind an access key: what can be contained of it, or what to do instead. */
export function principalEntity(principal: Principal, place: Place | undefined, part: Part): FoundEntity {
  const kind = kindOf(principal);
  const advice = kind === undefined ? unknownKind : other[kind];
  if (advice !== undefined) return unsupported(principal, part, advice);
  if (place === undefined || typeof principal.name !== 'string' || !nameForm.test(principal.name))
    return unsupported(principal, part, kind === 'AssumedRole' ? namelessRole : namelessUser);
  const { partition, account } = place;
  const arn = { partition, service: 'iam', region: '', account, resource: `user/${principal.name}` };
  if (kind === 'IAMUser') return { kind: 'reference', type: 'user', part, arn: formatArn(arn), pathUnknown: true };
  // An ARN of a session, since it is known to have no path; a role's own ARN would say that the path is "/".
  const resource = ['assumed-role', principal.name, ...sessionOf(principal)].join('/');
  return { kind: 'reference', type: 'role', part, arn: formatArn({ ...arn, service: 'sts', resource }), pathUnknown: true };
}

function kindOf({ userType, principalId, keyId }: Principal): Kind | undefined {
  if (typeof userType === 'string' && userType !== '') return Object.hasOwn(kinds, userType) ? kinds[userType] : undefined;
  // Ids say what they are of: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
  const id = typeof principalId === 'string' ? principalId : '';
  if (id.startsWith('AIDA')) return 'IAMUser';
  if (id.startsWith('AROA')) return 'AssumedRole';
  if (/^\d{12}$/.test(id)) return 'Root';
  // A key of long standing is a user's, or the root user's, which has no name of its own. A temporary one may be anybody's.
  return typeof keyId === 'string' && keyId.startsWith('AKIA') ? 'IAMUser' : undefined;
}

function sessionOf({ principalId }: Principal): readonly string[] {
  const [id = '', session = ''] = typeof principalId === 'string' ? principalId.split(':') : [];
  return id.startsWith('AROA') && sessionForm.test(session) ? [session] : [];
}

function unsupported({ userType, name, keyId, principalId }: Principal, part: Part, advice: Advice): FoundEntity {
  const shown = [name, principalId, keyId].find((value) => typeof value === 'string' && value !== '');
  return {
    kind: 'unsupported',
    type: typeof userType === 'string' && userType !== '' ? shownText(userType, 100) : 'AccessKey',
    id: typeof shown === 'string' ? shownText(shown, 200) : '',
    part,
    ...advice,
  };
}

type Kind = 'IAMUser' | 'AssumedRole' | 'Root' | 'FederatedUser' | 'WebIdentity' | 'IdentityCenter' | 'Account' | 'Service';
type Advice = { readonly why: string; readonly instead: string };

const kinds: { readonly [userType: string]: Kind } = {
  IAMUser: 'IAMUser',
  AssumedRole: 'AssumedRole',
  Role: 'AssumedRole',
  Root: 'Root',
  FederatedUser: 'FederatedUser',
  SAMLUser: 'WebIdentity',
  WebIdentityUser: 'WebIdentity',
  IdentityCenterUser: 'IdentityCenter',
  AWSAccount: 'Account',
  AWSService: 'Service',
};

const other: { readonly [kind in Kind]?: Advice } = {
  Root: {
    why: 'It is the root user of the account, whose permissions no policy in the account can take away.',
    instead:
      'Deny it by a service control policy from the management account of the organization, change its password, end its sessions and delete its access keys.',
  },
  FederatedUser: {
    why: 'It is a session that an IAM user or the root user made by GetFederationToken, which has no policies of its own.',
    instead: "Contain the IAM user that made it: CloudTrail's GetFederationToken events name it in userIdentity.",
  },
  WebIdentity: {
    why: 'It is a user of an identity provider outside of IAM.',
    instead: 'Contain the role that it assumed: CloudTrail names it in the same event. End its access at the identity provider.',
  },
  IdentityCenter: {
    why: 'It is a user of IAM Identity Center, whose roles are managed there.',
    instead: 'Disable the user in IAM Identity Center, and revoke its active sessions there.',
  },
  Account: {
    why: 'It is another AWS account, and the finding does not say who in it.',
    instead:
      'Take away what a policy of the resource allows to that account; in an account of yours, find the principal in its CloudTrail.',
  },
  Service: {
    why: 'It is a service of AWS.',
    instead: 'Look in CloudTrail for whom the service acted, and contain that.',
  },
};

const unknownKind: Advice = {
  why: 'The finding does not say whether the credentials are of a user or of a role.',
  instead:
    'Look for the access key in CloudTrail: userIdentity names the user, or in sessionContext.sessionIssuer the role. Contain that by its ARN.',
};

const namelessUser: Advice = {
  why: 'The finding does not name the user and its account.',
  instead: '"aws iam get-access-key-last-used" names the user of an access key. Contain it by its ARN.',
};

const namelessRole: Advice = {
  why: 'The finding does not name the role and its account.',
  instead: 'Look for the access key in CloudTrail: sessionContext.sessionIssuer.arn is the role. Contain that.',
};
