import {
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  paginateListAccessKeys,
  paginateListSigningCertificates,
  paginateListSSHPublicKeys,
  UpdateAccessKeyCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateSigningCertificateCommand,
  UpdateSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { oneOf, partOf, type Setting } from '@entity-lockdown/plugin-api';
import type { UserState } from '../state.ts';

/**
 * `Expired` is AWS's word for a credential whose time is over.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredentialMetadata.html
 */
export type Status = 'Active' | 'Inactive' | 'Expired';

export type CredentialSetting =
  | 'iam.access-key.status'
  | 'iam.service-specific-credential.status'
  | 'iam.ssh-public-key.status'
  | 'iam.signing-certificate.status';

type Found = { readonly id: string | undefined; readonly status: string | undefined };

/** How IAM lists and sets one kind of credential. */
interface CredentialKind {
  readonly title: string;
  /** The action of `list`. */
  readonly listing: string;
  list(iam: IAMClient, name: string): AsyncIterable<readonly Found[]>;
  update(iam: IAMClient, name: string, id: string, status: Status): Promise<unknown>;
}

/** The kinds of credential that can be made inactive and active again. */
export const credentialKinds: { readonly [K in CredentialSetting]: CredentialKind } = {
  'iam.access-key.status': {
    title: 'access key',
    listing: 'iam:ListAccessKeys',
    async *list(client, UserName) {
      for await (const { AccessKeyMetadata = [] } of paginateListAccessKeys({ client }, { UserName }))
        yield AccessKeyMetadata.map((each) => ({ id: each.AccessKeyId, status: each.Status }));
    },
    update: (iam, UserName, AccessKeyId, Status) => iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status })),
  },
  // API keys of Amazon Bedrock, CloudWatch and others, and the passwords of CodeCommit and Keyspaces.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html
  'iam.service-specific-credential.status': {
    title: 'service-specific credential',
    listing: 'iam:ListServiceSpecificCredentials',
    async *list(iam, UserName) {
      // The SDK has no paginator for this operation, which has pages all the same.
      let Marker: string | undefined;
      do {
        const page = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName, Marker }));
        yield (page.ServiceSpecificCredentials ?? []).map((each) => ({
          id: each.ServiceSpecificCredentialId,
          status: each.Status,
        }));
        Marker = page.IsTruncated === true ? page.Marker : undefined;
      } while (Marker !== undefined);
    },
    update: (iam, UserName, ServiceSpecificCredentialId, Status) =>
      iam.send(new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId, Status })),
  },
  'iam.ssh-public-key.status': {
    title: 'SSH public key',
    listing: 'iam:ListSSHPublicKeys',
    async *list(client, UserName) {
      for await (const { SSHPublicKeys = [] } of paginateListSSHPublicKeys({ client }, { UserName }))
        yield SSHPublicKeys.map((each) => ({ id: each.SSHPublicKeyId, status: each.Status }));
    },
    update: (iam, UserName, SSHPublicKeyId, Status) =>
      iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status })),
  },
  'iam.signing-certificate.status': {
    title: 'signing certificate',
    listing: 'iam:ListSigningCertificates',
    async *list(client, UserName) {
      for await (const { Certificates = [] } of paginateListSigningCertificates({ client }, { UserName }))
        yield Certificates.map((each) => ({ id: each.CertificateId, status: each.Status }));
    },
    update: (iam, UserName, CertificateId, Status) =>
      iam.send(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status })),
  },
};

/** Whether a credential of the user is active. `on` is `<user>#<credential's id>`. */
export function credentialStatus(setting: CredentialSetting): Setting<UserState, Status> {
  const statusNow = (now: UserState, on: string): Status | undefined =>
    now.credentials.find((each) => each.setting === setting && each.id === partOf(on))?.status;
  return {
    value: oneOf('Active', 'Inactive', 'Expired'),
    read: statusNow,
    // An expired credential is as good as inactive, and as good as active once it is released: its time is over either way, and
    // whether AWS still lets it be changed is not documented.
    same: (a, b) => a === b || a === 'Expired' || b === 'Expired',
    write: async (ctx, on, value, now) => {
      if (value === 'Expired' || statusNow(now, on) === 'Expired') return;
      await credentialKinds[setting].update(ctx.client(IAMClient), now.principal.name, partOf(on) ?? '', value);
    },
  };
}
