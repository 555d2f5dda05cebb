import { markGrants, unconditionalDenyGrants } from '@entity-lockdown/iam-deny';
import type { Manifest } from '@entity-lockdown/plugin-api';

// Not the user's name alone: a user that renames itself between two calls is still to be contained.
const users: readonly string[] = ['arn:{partition}:iam::{account}:user/*'];

export const manifest: Manifest = {
  api: 1,
  id: 'aws.iam.user',
  title: 'IAM user',
  match: [
    'arn:*:iam::*:user/*',
    'arn:*:iam::*:root',
    'arn:*:iam::*:group/*',
    'arn:*:iam::*:mfa/*',
    'arn:*:iam::*:u2f/*',
    'arn:*:sts::*:federated-user/*',
  ],
  hints: [
    {
      prefix: 'AKIA',
      say: 'That is the id of an access key. "aws iam get-access-key-last-used --access-key-id ..." names the user that has it, and "aws sts get-access-key-info" its account: give the ARN of that user.',
    },
    {
      prefix: 'AIDA',
      say: `That is the id of an IAM user. "aws iam list-users --query 'Users[?UserId==\`...\`].Arn'" answers its ARN: give that.`,
    },
  ],
  grants: [
    ...unconditionalDenyGrants('user', users, { immediate: true }),
    ...markGrants('user', users),
    {
      sessions: ['contain', 'release'],
      actions: [
        'iam:ListAccessKeys',
        'iam:ListServiceSpecificCredentials',
        'iam:ListSSHPublicKeys',
        'iam:ListSigningCertificates',
        'iam:UpdateAccessKey',
        'iam:UpdateServiceSpecificCredential',
        'iam:UpdateSSHPublicKey',
        'iam:UpdateSigningCertificate',
      ],
      resources: users,
      why: 'make the credentials of the user inactive, and those active again that were',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['iam:ListUsers'],
      resources: ['*'],
      why: 'find a user again that was renamed since it was contained',
      optional: 'a user that is renamed while it is contained is not found again, neither to keep it contained nor to release it',
    },
  ],
};
