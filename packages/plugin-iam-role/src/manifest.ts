import { markGrants, namedPrincipal, unconditionalDenyGrants } from '@entity-lockdown/iam-deny';
import type { Manifest } from '@entity-lockdown/plugin-api';

const roles = namedPrincipal('role');

export const manifest: Manifest = {
  api: 1,
  id: 'aws.iam.role',
  title: 'IAM role',
  match: [
    'arn:*:iam::*:role/*',
    'arn:*:sts::*:assumed-role/*',
    'arn:*:iam::*:instance-profile/*',
    'arn:*:iam::*:policy/*',
    'arn:*:iam::*:oidc-provider/*',
    'arn:*:iam::*:saml-provider/*',
  ],
  hints: [
    {
      prefix: 'ASIA',
      say: `That is the id of a temporary access key. Look for it in CloudTrail: give the ARN in userIdentity.sessionContext.sessionIssuer.arn, that of the role (or of the user) that the session was made from.`,
    },
    {
      prefix: 'AROA',
      say: `That is the id of an IAM role. "aws iam list-roles --query 'Roles[?RoleId==\`...\`].Arn'" answers its ARN: give that.`,
    },
  ],
  grants: [...unconditionalDenyGrants('role', roles, { immediate: true }), ...markGrants('role', roles)],
};
