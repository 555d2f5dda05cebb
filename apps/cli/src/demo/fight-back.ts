import { EC2Client, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { CreateAccessKeyCommand, DeleteAccessKeyCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { type Organization, region } from './organization.ts';

/** What an accomplice with another role does against the containment: a new key for the user, the old groups for the instance. */
export async function fightBack(org: Organization): Promise<string> {
  const config = { region, credentials: org.sandbox.credentials(org.accomplice), maxAttempts: 1 };
  const made = await org.sandbox.createClient(IAMClient, config).send(new CreateAccessKeyCommand({ UserName: 'alice' }));
  await org.sandbox
    .createClient(EC2Client, config)
    .send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: org.interface, Groups: [...org.groups] }));
  return made.AccessKey?.AccessKeyId ?? '';
}

/** The status of an access key of the user. */
export function keyStatus(org: Organization, key: string): string | undefined {
  const { AccessKeyMetadata = [] } = admin(org).run(new ListAccessKeysCommand({ UserName: 'alice' }));
  return AccessKeyMetadata.find(({ AccessKeyId }) => AccessKeyId === key)?.Status;
}

/** What the responder does with the attacker's key after the release. */
export function deleteKey(org: Organization, key: string): void {
  admin(org).run(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: key }));
}

function admin({ sandbox, user }: Organization) {
  return sandbox.as(`admin:${user.split(':')[4]}`);
}
