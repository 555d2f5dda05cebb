import type { Operations } from '../operation.ts';
import { accessKeyOperations } from './access-keys.ts';
import { attachedPolicyOperations } from './attached-policies.ts';
import { boundaryOperations } from './boundaries.ts';
import { certificateOperations } from './certificates.ts';
import { groupKind, roleKind, userKind } from './entities.ts';
import { groupOperations } from './groups.ts';
import { inlinePolicyOperations } from './inline-policies.ts';
import { instanceProfileOperations } from './instance-profiles.ts';
import { managedPolicyOperations } from './managed-policies.ts';
import { roleOperations } from './roles.ts';
import { serviceCredentialOperations } from './service-credentials.ts';
import { sshKeyOperations } from './ssh-keys.ts';
import { tagOperations } from './tags.ts';
import { userOperations } from './users.ts';

/** The operations of IAM that the sandbox knows, by name. */
export const iamOperations: Operations = {
  ...userOperations,
  ...roleOperations,
  ...groupOperations,
  ...inlinePolicyOperations(userKind),
  ...inlinePolicyOperations(roleKind),
  ...inlinePolicyOperations(groupKind),
  ...attachedPolicyOperations(userKind),
  ...attachedPolicyOperations(roleKind),
  ...attachedPolicyOperations(groupKind),
  ...boundaryOperations(userKind),
  ...boundaryOperations(roleKind),
  ...tagOperations(userKind),
  ...tagOperations(roleKind),
  ...accessKeyOperations,
  ...serviceCredentialOperations,
  ...sshKeyOperations,
  ...certificateOperations,
  ...managedPolicyOperations,
  ...instanceProfileOperations,
};
