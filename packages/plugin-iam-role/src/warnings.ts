import { quarantinePolicies, unreadGaps } from '@entity-lockdown/iam-deny';
import { iamName, type Warning } from '@entity-lockdown/plugin-api';
import type { RoleState } from './state.ts';

/** More names than these help nobody in a mail. */
const shown = 5;

/** What the containment of a role does not stop, and whom else it hits. */
export function warnings({ principal, missing }: RoleState): readonly Warning[] {
  if (missing !== undefined || !principal.exists) return [];
  return [
    ...unreadGaps(principal),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    {
      text: 'IAM takes seconds, at times minutes, to spread a change to all Regions and services: until then calls may still succeed.',
    },
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    {
      text: 'Sessions of other roles that were assumed from this one go on: look for AssumeRole events by its sessions in CloudTrail, and contain those roles as well.',
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
    {
      text: 'URLs presigned by the role are refused once the deny has spread; downloads that have begun by then run to their end.',
    },
    { text: `The trust policy stays as it is. ${trustText(principal.trusts)} New sessions are denied like the old ones.` },
    {
      text: 'Everything that runs as this role loses its permissions, not the attacker alone: instances, functions and whatever else uses it.',
    },
    ...quarantinePolicies(principal).map((arn) => ({
      text: `AWS has attached ${iamName(arn)}. It stays, also after release.`,
    })),
  ];
}

function trustText(trusts: readonly string[]): string {
  if (trusts.length === 0) return 'Whoever could assume the role still can.';
  const more = trusts.length > shown ? ` and ${trusts.length - shown} more` : '';
  return `It names ${trusts.slice(0, shown).join(', ')}${more}, who can still assume the role.`;
}
