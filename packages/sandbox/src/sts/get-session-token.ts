import type { GetSessionTokenRequest, GetSessionTokenResponse } from '@aws-sdk/client-sts';
import { iamOf } from '../iam/state.ts';
import { awsError, type Operation } from '../operation.ts';
import { issueSession } from './sessions.ts';

export const getSessionToken: Operation<GetSessionTokenRequest, GetSessionTokenResponse> = {
  page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html',
  mutates: false,
  // No permission is needed, and a policy that denies it has no effect:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
  demands: () => [],
  run(call, input) {
    const user = [...iamOf(call.world, call.account).users.values()].find(({ id }) => id === call.caller.userId);
    if (user === undefined) throw awsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
    const seconds = input.DurationSeconds ?? 43_200;
    if (seconds < 900 || seconds > 129_600)
      throw awsError('ValidationError', 'DurationSeconds must be between 900 and 129600.', 400);
    const session = issueSession(call.world, {
      account: call.account,
      principal: { kind: 'user', name: user.name, id: user.id },
      policies: [],
      context: {},
      issued: call.now,
      expires: call.now + seconds * 1_000,
    });
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: new Date(session.expires),
      },
    };
  },
};
