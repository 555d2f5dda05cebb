import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import type { Operation } from '../operation.ts';

export const getCallerIdentity: Operation<GetCallerIdentityRequest, GetCallerIdentityResponse> = {
  page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html',
  mutates: false,
  // "No permissions are required to perform this operation", not even where a policy denies it.
  demands: () => [],
  run: ({ caller }) => ({ Account: caller.account, Arn: caller.arn, UserId: caller.userId }),
};
