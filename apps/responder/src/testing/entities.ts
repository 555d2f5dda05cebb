import { CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { type Actor, configureEc2, configureLambda, ec2AtOnce, lambdaAtOnce, type Sandbox } from '@entity-lockdown/sandbox';
import * as home from './deployment.ts';

/** Makes an entity in an account; answers its ARN. */
export type Make = (admin: Actor, account: string, name: string, region?: string) => string;

export const makeUser: Make = (admin, account, name) => {
  admin.run(new CreateUserCommand({ UserName: name }));
  admin.run(new CreateAccessKeyCommand({ UserName: name }));
  return `arn:aws:iam::${account}:user/${name}`;
};

export const makeRole: Make = (admin, account, name) => {
  const Service = ['lambda.amazonaws.com', 'ec2.amazonaws.com'];
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] };
  admin.run(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  return `arn:aws:iam::${account}:role/${name}`;
};

export const makeFunction: Make = (admin, account, name, region = home.region) => {
  const Role = makeRole(admin, account, `${name}-role`);
  const Code = { ZipFile: new Uint8Array([80, 75]) };
  admin.run(
    new CreateFunctionCommand({ FunctionName: name, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code }),
    region,
  );
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
};

export const makeInstance: Make = (admin, account, name, region = home.region) => {
  makeRole(admin, account, `${name}-role`);
  admin.run(new CreateInstanceProfileCommand({ InstanceProfileName: `${name}-role` }));
  admin.run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: `${name}-role`, RoleName: `${name}-role` }));
  const { Vpc } = admin.run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }), region);
  const { Subnet } = admin.run(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.0.1.0/24' }), region);
  const { GroupId } = admin.run(
    new CreateSecurityGroupCommand({ VpcId: Vpc?.VpcId, GroupName: `${name}-group`, Description: 'for a test' }),
    region,
  );
  const { Instances } = admin.run(
    new RunInstancesCommand({
      ImageId: 'ami-1',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: Subnet?.SubnetId, Groups: [GroupId ?? ''] }],
      IamInstanceProfile: { Name: `${name}-role` },
    }),
    region,
  );
  return `arn:aws:ec2:${region}:${account}:instance/${Instances?.[0]?.InstanceId}`;
};

/** What is made is ready at once: only the responder's time counts. */
export function withoutWaits(sandbox: Sandbox, account: string, region: string = home.region): void {
  const place = { world: sandbox.world, account, region };
  configureEc2(place, ec2AtOnce);
  configureLambda(place, lambdaAtOnce);
}
