import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { plant } from '../secrets/gathered.ts';
import { type Account, text } from './account.ts';
import { planted } from './planted.ts';

/** An account with an entity in it, and enough around it that an original can be lost. */
export interface World {
  readonly account: Account;
  readonly arn: string;
  readonly options?: { readonly [name: string]: unknown };
  /** The user's active access key. */
  readonly key?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export type EntityType = 'user' | 'role' | 'function' | 'instance';

export const worldOf: { readonly [type in EntityType]: (account: Account) => Promise<World> } = {
  user: userWorld,
  role: roleWorld,
  function: functionWorld,
  instance: instanceWorld,
};

/** A user in quarantine, with a path, two access keys, one of them inactive, an SSH key, a password of CodeCommit, policies and a group. */
async function userWorld(account: Account): Promise<World> {
  const { iam } = account;
  const UserName = 'alice';
  const { User } = await iam.send(new CreateUserCommand({ UserName, Path: '/team/', Tags: [{ Key: 'owner', Value: 'team' }] }));
  await iam.send(new CreateUserCommand({ UserName: 'team' }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'work', PolicyDocument: allow('s3:*', 'sqs:*') }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: quarantine }));
  await iam.send(new CreateGroupCommand({ GroupName: 'developers' }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'developers', PolicyArn: managed('ReadOnlyAccess') }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'developers', UserName }));
  const keys = [];
  for (let count = 0; count < 2; count++) keys.push((await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey);
  for (const key of keys) plant('credential', text(key?.SecretAccessKey));
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: text(keys[1]?.AccessKeyId), Status: 'Inactive' }));
  await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: sshKey }));
  const { ServiceSpecificCredential: password } = await iam.send(
    new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
  );
  plant('credential', text(password?.ServicePassword));
  const key = { accessKeyId: text(keys[0]?.AccessKeyId), secretAccessKey: text(keys[0]?.SecretAccessKey) };
  return { account, arn: text(User?.Arn), key };
}

async function roleWorld(account: Account): Promise<World> {
  return { account, arn: await role(account, 'app', 'ecs-tasks.amazonaws.com', managed('AdministratorAccess')) };
}

/** A function with both kinds of concurrency and two mappings, one of them disabled, that shares its role with another function. */
async function functionWorld(account: Account): Promise<World> {
  const { lambda } = account;
  const Role = await role(account, 'worker', 'lambda.amazonaws.com');
  const made = [];
  for (const FunctionName of ['orders', 'invoices']) made.push(await createFunction(account, FunctionName, Role));
  await account.settle();
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'orders', ReservedConcurrentExecutions: 7 }));
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'orders' }));
  await lambda.send(new CreateAliasCommand({ FunctionName: 'orders', Name: 'live', FunctionVersion: text(Version) }));
  await lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: 'orders',
      Qualifier: 'live',
      ProvisionedConcurrentExecutions: 3,
    }),
  );
  for (const [QueueName, Enabled] of [
    ['orders', true],
    ['returns', false],
  ] as const) {
    await account.createQueue(QueueName);
    const EventSourceArn = `arn:aws:sqs:${account.region}:${account.id}:${QueueName}`;
    await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'orders', EventSourceArn, Enabled }));
  }
  return { account, arn: text(made[0]) };
}

/** An instance with two interfaces, whose role is that of a second instance too. */
async function instanceWorld(account: Account): Promise<World> {
  const { iam, ec2 } = account;
  const name = 'web';
  await role(account, name, 'ec2.amazonaws.com');
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Path: '/profiles/' }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: text(Vpc?.VpcId), CidrBlock: '10.0.1.0/24' }));
  const groups: string[] = [];
  for (const GroupName of ['web', 'admin']) {
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ VpcId: text(Vpc?.VpcId), GroupName, Description: GroupName }),
    );
    groups.push(text(GroupId));
  }
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: text(groups[0]), IpPermissions: [https] }));
  const run = (order: readonly string[], more: readonly string[] | undefined) =>
    ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        IamInstanceProfile: { Name: name },
        UserData: plant('user data', planted.userData),
        NetworkInterfaces: [order, ...(more === undefined ? [] : [more])].map((Groups, DeviceIndex) => ({
          DeviceIndex,
          SubnetId: text(Subnet?.SubnetId),
          Groups: [...Groups],
        })),
      }),
    );
  const ran = await run(groups, groups.toReversed());
  await run(groups, undefined);
  // The first look at a pending instance makes it running.
  await ec2.send(new DescribeInstancesCommand({}));
  const id = text(ran.Instances?.[0]?.InstanceId);
  return { account, arn: `arn:aws:ec2:${account.region}:${account.id}:instance/${id}`, options: { dwell: 1 } };
}

/** A role with a path, a boundary, an inline and two managed policies. */
export async function role({ iam, id }: Account, RoleName: string, service: string, boundary?: string): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: '/team/web/',
      AssumeRolePolicyDocument: trust(service, id),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'work', PolicyDocument: allow('s3:*', 'sqs:*', 'dynamodb:*', 'ec2:*') }),
  );
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: `${RoleName}-extra`, PolicyDocument: allow('lambda:*') }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: text(Policy?.Arn) }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: managed('ReadOnlyAccess') }));
  return text(Role?.Arn);
}

export async function createFunction({ lambda }: Account, FunctionName: string, Role: string): Promise<string> {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
      Environment: { Variables: { DATABASE_PASSWORD: plant('environment', planted.environment) } },
    }),
  );
  return text(FunctionArn);
}

export function allow(...actions: readonly string[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
}

function trust(service: string, account: string): string {
  const Principal = { Service: service, AWS: `arn:aws:iam::${account}:root` };
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] });
}

/** What AWS attaches to a user whose key it found in public: it stays where it is. */
export const quarantine = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
const managed = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

/** The end record of an archive without files. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16 */
const emptyZip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');
/** Of the form that IAM takes, with an arbitrary modulus. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html */
const sshKey = `ssh-rsa ${Buffer.concat([
  ...[Buffer.from('ssh-rsa'), Buffer.from('010001', 'hex'), Buffer.alloc(257, 0xc5).fill(0, 0, 1)].flatMap((part) => [
    Buffer.from([0, 0, part.length >> 8, part.length & 255]),
    part,
  ]),
]).toString('base64')} alice`;
