import { createHash } from 'node:crypto';
import type * as Iam from '@aws-sdk/client-iam';
import { awsError, type Operations } from '../operation.ts';
import { settable } from './access-keys.ts';
import { reads, writes } from './define.ts';
import { state, theUser, userOf } from './entities.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import type { SshKey, User } from './state.ts';

function keyOf(user: User, id = ''): SshKey {
  const found = user.sshKeys.find((each) => each.id === id);
  if (found === undefined) throw noSuchEntity(`The Public Key with id ${id} cannot be found.`);
  return found;
}

function shape(user: User, key: SshKey): Iam.SSHPublicKey {
  return {
    UserName: user.name,
    SSHPublicKeyId: key.id,
    Fingerprint: key.fingerprint,
    SSHPublicKeyBody: key.body,
    Status: key.status as Iam.StatusType,
    UploadDate: new Date(key.uploaded),
  };
}

export const sshKeyOperations: Operations = {
  UploadSSHPublicKey: writes<Iam.UploadSSHPublicKeyRequest, Iam.UploadSSHPublicKeyResponse>(
    'UploadSSHPublicKey',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      const body = input.SSHPublicKeyBody ?? '';
      if (!/^(ssh-rsa |-----BEGIN )/.test(body)) throw awsError('InvalidPublicKey', 'The public key is invalid.', 400);
      const { sshKeysPerUser } = state(call).limits;
      if (user.sshKeys.length >= sshKeysPerUser)
        throw limitExceeded(`Cannot exceed quota for SSHPublicKeysPerUser: ${sshKeysPerUser}`);
      if (user.sshKeys.some((each) => each.body === body))
        throw awsError('DuplicateSSHPublicKey', 'The SSH public key is already associated with the specified IAM user.', 400);
      const fingerprint = (createHash('md5').update(body).digest('hex').match(/../g) ?? []).join(':');
      const key: SshKey = { id: call.id('APKA'), body, fingerprint, uploaded: call.now, status: 'Active' };
      user.sshKeys.push(key);
      return { SSHPublicKey: shape(user, key) };
    },
  ),
  GetSSHPublicKey: reads<Iam.GetSSHPublicKeyRequest, Iam.GetSSHPublicKeyResponse>('GetSSHPublicKey', theUser, (call, input) => {
    const user = userOf(call, input);
    return { SSHPublicKey: shape(user, keyOf(user, input.SSHPublicKeyId)) };
  }),
  ListSSHPublicKeys: reads<Iam.ListSSHPublicKeysRequest, Iam.ListSSHPublicKeysResponse>(
    'ListSSHPublicKeys',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      const { items, more } = page(call, input, user.sshKeys, ({ id }) => id);
      return {
        SSHPublicKeys: items.map(({ id, status, uploaded }) => ({
          UserName: user.name,
          SSHPublicKeyId: id,
          Status: status as Iam.StatusType,
          UploadDate: new Date(uploaded),
        })),
        ...more,
      };
    },
  ),
  UpdateSSHPublicKey: writes<Iam.UpdateSSHPublicKeyRequest, object>('UpdateSSHPublicKey', theUser, (call, input) => {
    keyOf(userOf(call, input), input.SSHPublicKeyId).status = settable(input.Status);
    return {};
  }),
  DeleteSSHPublicKey: writes<Iam.DeleteSSHPublicKeyRequest, object>('DeleteSSHPublicKey', theUser, (call, input) => {
    const user = userOf(call, input);
    user.sshKeys.splice(user.sshKeys.indexOf(keyOf(user, input.SSHPublicKeyId)), 1);
    return {};
  }),
};
