import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateEventSourceMappingCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda';
import {
  type Actor,
  configureEc2,
  configureLambda,
  createSandbox,
  ec2AtOnce,
  lambdaAtOnce,
  type Sandbox,
} from '@entity-lockdown/sandbox';
import { region, roleName } from './lockdown-process.ts';

/** Where Entity Lockdown runs. Its ledger's bucket is there too. */
export const securityAccount = '999900001111';
/** Who Entity Lockdown is. */
export const operator = `arn:aws:iam::${securityAccount}:role/operator`;

const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'], AWS: operator },
      Action: 'sts:AssumeRole',
    },
  ],
});

/** An organization: the security account, and accounts with entities, in which the operator may assume a role. */
export function createOrganization(accounts: readonly string[], now: () => number): Sandbox {
  const sandbox = createSandbox({ now, accounts: [securityAccount, ...accounts].map((id) => ({ id })) });
  const operators = sandbox.as(`admin:${securityAccount}`);
  operators.run(new CreateRoleCommand({ RoleName: 'operator', AssumeRolePolicyDocument: trust }));
  operators.run(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn: administrator }));
  for (const account of accounts) {
    const place = { world: sandbox.world, account, region };
    configureEc2(place, ec2AtOnce);
    configureLambda(place, lambdaAtOnce);
    makeRole(sandbox.as(`admin:${account}`), account, roleName);
  }
  return sandbox;
}

/** An administrator with an access key. Answers the user's ARN, like the others here theirs. */
export function makeUser(admin: Actor, account: string, UserName: string): string {
  admin.run(new CreateUserCommand({ UserName }));
  admin.run(new AttachUserPolicyCommand({ UserName, PolicyArn: administrator }));
  admin.run(new CreateAccessKeyCommand({ UserName }));
  return `arn:aws:iam::${account}:user/${UserName}`;
}

/** A role with every permission, so that only a deny can stop it. */
export function makeRole(admin: Actor, account: string, RoleName: string): string {
  admin.run(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  admin.run(new AttachRolePolicyCommand({ RoleName, PolicyArn: administrator }));
  return `arn:aws:iam::${account}:role/${RoleName}`;
}

/** A function that a queue starts, with an execution role of its own. */
export function makeFunction(admin: Actor, account: string, FunctionName: string): string {
  const Role = makeRole(admin, account, `${FunctionName}-role`);
  admin.run(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Code: { ZipFile: new Uint8Array([80, 75]) },
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
    }),
    region,
  );
  const EventSourceArn = `arn:aws:sqs:${region}:${account}:${FunctionName}`;
  admin.run(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }), region);
  return `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
}

/** A VPC's subnet, and a group for instances in it. */
export interface Network {
  readonly subnet: string;
  readonly group: string;
}

export function makeNetwork(admin: Actor): Network {
  const VpcId = made(admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }), region).Vpc?.VpcId);
  const subnet = made(admin.run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/20' }), region).Subnet?.SubnetId);
  const group = made(admin.run(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web', VpcId }), region).GroupId);
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  admin.run(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }), region);
  return { subnet, group };
}

/** An instance with two interfaces, and a profile and role of its own. */
export function makeInstance(admin: Actor, account: string, { subnet, group }: Network, name: string): string {
  makeRole(admin, account, name);
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
  admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  const ran = admin.run(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      IamInstanceProfile: { Name: name },
      NetworkInterfaces: [0, 1].map((DeviceIndex) => ({ DeviceIndex, SubnetId: subnet, Groups: [group] })),
    }),
    region,
  );
  return `arn:aws:ec2:${region}:${account}:instance/${made(ran.Instances?.[0]?.InstanceId)}`;
}

function made(id: string | undefined): string {
  if (id === undefined) throw new Error('the sandbox answered no id');
  return id;
}
