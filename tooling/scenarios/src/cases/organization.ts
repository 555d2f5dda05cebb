import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { type TestClock, type TestHost, type TestHostOptions, testClock } from '@entity-lockdown/plugin-testkit';
import {
  type AnyCommand,
  configureEc2,
  configureLambda,
  createSandbox,
  type IamLimits,
  type Sandbox,
  type World,
} from '@entity-lockdown/sandbox';
import { runner } from '../harness.ts';

export const account = '111122223333';

const regions: { readonly [partition: string]: string } = {
  aws: 'eu-west-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** An account with a VPC, in which tests put what they need, and one ledger for all of their processes. */
export interface Organization {
  readonly partition: string;
  readonly region: string;
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  readonly objects: Map<string, string>;
  /** Where EC2's and Lambda's states live, for the sandbox's builders. */
  readonly place: { readonly world: World; readonly account: string; readonly region: string };
  readonly vpc: string;
  readonly subnet: string;
  readonly groups: readonly [string, string];
  /** Runs a command as the account's administrator. */
  run<O extends object>(command: AnyCommand<O>): O;
  /** A process of Entity Lockdown with all four plugins. */
  process(more?: Partial<TestHostOptions>): TestHost;
}

export interface OrganizationOptions {
  readonly partition?: string;
  readonly iam?: Partial<IamLimits>;
  readonly pageSize?: number;
}

export function organization({ partition = 'aws', iam = {}, pageSize }: OrganizationOptions = {}): Organization {
  const clock = testClock();
  const region = regions[partition] ?? '';
  const sandbox = createSandbox({ now: () => clock.now(), accounts: [{ id: account, partition }], iam });
  const place = { world: sandbox.world, account, region };
  if (pageSize !== undefined) {
    configureEc2(place, { pageSize });
    configureLambda(place, { pageSize });
  }
  const admin = sandbox.as(`admin:${account}`);
  const run = <O extends object>(command: AnyCommand<O>): O => admin.run(command, region);
  const { Vpc } = run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true }));
  const vpc = made(Vpc?.VpcId);
  const Ipv6CidrBlock = Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock?.replace(/\/\d+$/, '/64');
  const { Subnet } = run(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock }));
  const group = (GroupName: string): string => {
    const GroupId = made(run(new CreateSecurityGroupCommand({ VpcId: vpc, GroupName, Description: GroupName })).GroupId);
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
    run(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
    return GroupId;
  };
  const objects = new Map<string, string>();
  return {
    partition,
    region,
    sandbox,
    clock,
    objects,
    place,
    vpc,
    subnet: made(Subnet?.SubnetId),
    groups: [group('web'), group('admin')],
    run,
    process: (more = {}) => runner({ sandbox, clock, objects, as: `admin:${account}`, region, ...more }),
  };
}

export function made(id: string | undefined): string {
  if (id === undefined) throw new Error('the sandbox answered no id');
  return id;
}

/** A policy that allows an action on a resource. */
export function allowed(Action: string, Resource = '*'): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
}

/** A user with credentials of all five kinds, an access key among them that is inactive. Answers its ARN. */
export function user(of: Organization, UserName: string, Path = '/'): string {
  of.run(new CreateUserCommand({ UserName, Path }));
  of.run(new CreateAccessKeyCommand({ UserName }));
  const { AccessKey } = of.run(new CreateAccessKeyCommand({ UserName }));
  of.run(new UpdateAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
  for (const ServiceName of ['codecommit.amazonaws.com', 'bedrock.amazonaws.com'])
    of.run(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  of.run(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: `ssh-rsa AAAA${UserName}` }));
  const CertificateBody = `-----BEGIN CERTIFICATE-----\n${UserName}\n-----END CERTIFICATE-----`;
  of.run(new UploadSigningCertificateCommand({ UserName, CertificateBody }));
  of.run(new PutUserPolicyCommand({ UserName, PolicyName: 'work', PolicyDocument: allowed('lambda:ListFunctions') }));
  return `arn:${of.partition}:iam::${account}:user${Path}${UserName}`;
}

/** A role for functions and instances. Answers its ARN. */
export function role(of: Organization, RoleName: string, Path = '/'): string {
  const Service = ['lambda.amazonaws.com', 'ec2.amazonaws.com'];
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] };
  of.run(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  of.run(new PutRolePolicyCommand({ RoleName, PolicyName: 'work', PolicyDocument: allowed('lambda:ListFunctions') }));
  return `arn:${of.partition}:iam::${account}:role${Path}${RoleName}`;
}

/** An active function. Answers its ARN. */
export function lambda(of: Organization, FunctionName: string, Role: string): string {
  const Code = { ZipFile: new Uint8Array([80, 75]) };
  of.run(new CreateFunctionCommand({ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code }));
  of.clock.turn(60_000);
  return `arn:${of.partition}:lambda:${of.region}:${account}:function:${FunctionName}`;
}

/** A version with an alias `live`, and provisioned concurrency for it. */
export function provisioned(of: Organization, FunctionName: string, ProvisionedConcurrentExecutions: number): void {
  const { Version } = of.run(new PublishVersionCommand({ FunctionName }));
  of.run(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }));
  of.run(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: 'live', ProvisionedConcurrentExecutions }));
  of.clock.turn(120_000);
}

/** A queue that starts a function. Answers the mapping's id. */
export function mapping(of: Organization, FunctionName: string, queue: string, Enabled = true): string {
  const EventSourceArn = `arn:${of.partition}:sqs:${of.region}:${account}:${queue}`;
  const { UUID } = of.run(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, Enabled }));
  of.clock.turn(60_000);
  return made(UUID);
}

export function reserve(of: Organization, FunctionName: string, ReservedConcurrentExecutions: number): void {
  of.run(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
}

/** An instance profile with a path, of the role's name. */
export function profile(of: Organization, roleName: string): string {
  of.run(new CreateInstanceProfileCommand({ InstanceProfileName: roleName, Path: '/profiles/' }));
  of.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: roleName, RoleName: roleName }));
  return roleName;
}

/** A running instance with two interfaces, whose groups are in different orders. Answers its ARN. */
export function instance(of: Organization, profileName?: string, more: Partial<RunInstancesCommandInput> = {}): string {
  const [web, admin] = of.groups;
  const { Instances } = of.run(
    new RunInstancesCommand({
      ImageId: 'ami-1',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: of.subnet, Groups: [web, admin], Ipv6AddressCount: 1 },
        { DeviceIndex: 1, SubnetId: of.subnet, Groups: [admin, web] },
      ],
      ...(profileName !== undefined && { IamInstanceProfile: { Name: profileName } }),
      ...more,
    }),
  );
  of.clock.turn(60_000);
  return `arn:${of.partition}:ec2:${of.region}:${account}:instance/${made(Instances?.[0]?.InstanceId)}`;
}

export function instanceId(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The groups of each interface of an instance, by device index. */
export function groupsOf(of: Organization, arn: string): readonly (readonly string[])[] {
  const { Reservations } = of.run(new DescribeInstancesCommand({ InstanceIds: [instanceId(arn)] }));
  return (Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces ?? [])
    .toSorted((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0))
    .map(({ Groups }) => (Groups ?? []).map(({ GroupId }) => made(GroupId)));
}

/** Our groups of the account, by their names. */
export function ourGroups(of: Organization) {
  const { SecurityGroups = [] } = of.run(new DescribeSecurityGroupsCommand({}));
  return SecurityGroups.filter(({ GroupName }) => GroupName?.startsWith('entity-lockdown-') ?? false);
}

/**
 * What Lambda answers a real client that has a principal's credentials: a user's, a session's of a role, or those that an instance or a
 * function was given, by its ARN.
 */
export async function answerTo(of: Organization, principal: string): Promise<'allowed' | 'denied' | string> {
  return await answerWith(of, of.sandbox.credentials(principal));
}

/** The same with credentials that somebody has already. */
export async function answerWith(of: Organization, credentials: ReturnType<Sandbox['credentials']>): Promise<string> {
  const client = of.sandbox.createClient(LambdaClient, { region: of.region, credentials, maxAttempts: 1 });
  return await client.send(new ListFunctionsCommand({})).then(
    () => 'allowed',
    (error: Error) => (/explicit deny/.test(error.message) ? 'denied' : error.name),
  );
}
