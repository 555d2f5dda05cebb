import type { Manifest } from '@entity-lockdown/plugin-api';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';

export const manifests: readonly Manifest[] = [iamUser, iamRole, lambda, ec2].map(({ manifest }) => manifest);
