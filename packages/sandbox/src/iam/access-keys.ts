import type * as Iam from '@aws-sdk/client-iam';
import type { Call, Operations } from '../operation.ts';
import { newSecret } from '../secrets.ts';
import { issuedIn } from '../sts/sessions.ts';
import { reads, writes } from './define.ts';
import { arnOf, state, theUser, userOf } from './entities.ts';
import { limitExceeded, noSuchEntity, validationError } from './errors.ts';
import { page } from './paging.ts';
import type { AccessKey, Status, User } from './state.ts';

function keyOf(user: User, id = ''): AccessKey {
  const found = user.accessKeys.find((key) => key.id === id);
  if (found === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return found;
}

/** A status that may be set: `Expired` is only read. */
export function settable(status: string | undefined): Status {
  if (status === 'Active' || status === 'Inactive') return status;
  throw validationError(
    `Value '${status}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]`,
  );
}

function ownerOf(call: Call, id = ''): User | undefined {
  return [...state(call).users.values()].find(({ accessKeys }) => accessKeys.some((key) => key.id === id));
}

export const accessKeyOperations: Operations = {
  CreateAccessKey: writes<Iam.CreateAccessKeyRequest, Iam.CreateAccessKeyResponse>('CreateAccessKey', theUser, (call, input) => {
    const user = userOf(call, input);
    const { accessKeysPerUser } = state(call).limits;
    // Inactive keys count: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    if (user.accessKeys.length >= accessKeysPerUser)
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${accessKeysPerUser}`);
    const key: AccessKey = { id: call.id('AKIA'), secret: newSecret(call.id('')), status: 'Active', created: call.now };
    user.accessKeys.push(key);
    issuedIn(call.world).keys.set(key.id, { account: call.account, userId: user.id, secretAccessKey: key.secret });
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: key.id,
        SecretAccessKey: key.secret,
        Status: 'Active',
        CreateDate: new Date(key.created),
      },
    };
  }),
  ListAccessKeys: reads<Iam.ListAccessKeysRequest, Iam.ListAccessKeysResponse>('ListAccessKeys', theUser, (call, input) => {
    const user = userOf(call, input);
    const { items, more } = page(call, input, user.accessKeys, ({ id }) => id);
    return {
      AccessKeyMetadata: items.map(({ id, status, created }) => ({
        UserName: user.name,
        AccessKeyId: id,
        Status: status,
        CreateDate: new Date(created),
      })),
      ...more,
    };
  }),
  UpdateAccessKey: writes<Iam.UpdateAccessKeyRequest, object>('UpdateAccessKey', theUser, (call, input) => {
    keyOf(userOf(call, input), input.AccessKeyId).status = settable(input.Status);
    return {};
  }),
  DeleteAccessKey: writes<Iam.DeleteAccessKeyRequest, object>('DeleteAccessKey', theUser, (call, input) => {
    const user = userOf(call, input);
    user.accessKeys.splice(user.accessKeys.indexOf(keyOf(user, input.AccessKeyId)), 1);
    return {};
  }),
  GetAccessKeyLastUsed: reads<Iam.GetAccessKeyLastUsedRequest, Iam.GetAccessKeyLastUsedResponse>(
    'GetAccessKeyLastUsed',
    (call, input) => {
      const user = ownerOf(call, input.AccessKeyId);
      return { arn: user === undefined ? '*' : arnOf(call, 'user', user), tags: user?.tags };
    },
    (call, input) => {
      const user = ownerOf(call, input.AccessKeyId);
      if (user === undefined) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`);
      const { lastUsed } = keyOf(user, input.AccessKeyId);
      return {
        UserName: user.name,
        // "N/A" stands for a key that was never used: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
        AccessKeyLastUsed: {
          ...(lastUsed !== undefined && { LastUsedDate: new Date(lastUsed.at) }),
          ServiceName: lastUsed?.service ?? 'N/A',
          Region: lastUsed?.region ?? 'N/A',
        } as Iam.AccessKeyLastUsed,
      };
    },
  ),
};
