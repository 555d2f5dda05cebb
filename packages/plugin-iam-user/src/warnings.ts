import { quarantinePolicies, unreadGaps } from '@entity-lockdown/iam-deny';
import { type Entity, iamName, type Warning } from '@entity-lockdown/plugin-api';
import { credentialKinds } from './settings/credential-status.ts';
import type { UserState } from './state.ts';

/** What the containment of a user does not stop, and what is odd about this one. */
export function warnings(now: UserState, entity: Entity): readonly Warning[] {
  const { principal } = now;
  if (now.missing !== undefined || !principal.exists) return [];
  return [
    ...unreadGaps(principal),
    ...now.unlisted.map((kind) => ({
      gap: true as const,
      text: `${credentialKinds[kind].listing} is denied to Entity Lockdown: each ${credentialKinds[kind].title} of the user may still be active.`,
    })),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    {
      text: 'IAM takes seconds, at times minutes, to spread a change to all Regions and services: until then calls may still succeed.',
    },
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    {
      text: 'Sessions of roles that the user assumed before go on: look for its AssumeRole events in CloudTrail, and contain those roles as well.',
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
    {
      text: 'URLs that the user presigned are refused once the deny has spread; downloads that have begun by then run to their end.',
    },
    {
      text: 'The console password and the MFA devices stay as they are. Who signs in with them can do nothing: the deny holds in the console, too.',
    },
    ...quarantinePolicies(principal).map((arn) => ({
      text: `AWS has attached ${iamName(arn)}, since a key of this user was found in public. It stays, also after release.`,
    })),
    ...(now.successor === undefined
      ? []
      : [
          {
            gap: true as const,
            text: `Another user is called ${entity.name} now (${now.successor}), and is not contained. To contain it as well, give it another name (aws iam update-user), and contain it under that.`,
          },
        ]),
    ...(principal.name === entity.name
      ? []
      : [
          {
            text: `The user is called ${principal.name} now. It was ${entity.name} when it was contained, and is the same user by its id.`,
          },
        ]),
    ...(principal.name !== entity.name || principal.arn === entity.arn
      ? []
      : [
          {
            text: `The user's ARN is ${principal.arn}: the path is another than the one given. A user's name is unique, so it is the same user.`,
          },
        ]),
  ];
}
