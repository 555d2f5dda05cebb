import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type PolicyDocument, policyFor, type Registry } from '@entity-lockdown/core';
import {
  type AnyCommand,
  type Connection,
  configureEc2,
  configureLambda,
  createSandbox,
  ec2AtOnce,
  lambdaAtOnce,
  openConnection,
  type Sandbox,
  secretMark,
} from '@entity-lockdown/sandbox';
import type { VirtualTime } from '../virtual/virtual-time.ts';

export const region = 'eu-west-1';
const production = '111122223333';
const payments = '444455556666';

/** The role that the responder takes on in each account, and the secret that its trust asks for. */
export const responderRole = 'lockdown-responder';
export const externalId: string = `${secretMark}-external-id`;

/** Four entities in two accounts that an attacker has got hold of, and those beside them that must go on. */
export interface Organization {
  readonly sandbox: Sandbox;
  readonly responder: string;
  readonly user: string;
  readonly role: string;
  readonly function: string;
  readonly instance: string;
  /** Another instance with the same role. */
  readonly sibling: string;
  /** A role that the attacker holds too, and nobody knows of yet. */
  readonly accomplice: string;
  readonly interface: string;
  readonly groups: readonly string[];
  readonly place: { readonly world: Sandbox['world']; readonly account: string; readonly region: string };
  /** A shell on the instance that calls out to the attacker. */
  readonly shell: Connection;
  readonly buckets: { readonly customers: string; readonly invoices: string };
}

export function organization(seed: number, time: VirtualTime, registry: Registry): Organization {
  const sandbox = createSandbox({
    seed,
    now: () => time.now(),
    accounts: [
      { id: production, name: 'production' },
      { id: payments, name: 'payments' },
    ],
  });
  for (const account of [production, payments]) {
    configureEc2({ world: sandbox.world, account, region }, ec2AtOnce);
    configureLambda({ world: sandbox.world, account, region }, lambdaAtOnce);
  }
  const [inProduction, inPayments] = [production, payments].map((account) => {
    const admin = sandbox.as(`admin:${account}`);
    return <O extends object>(command: AnyCommand<O>): O => admin.run(command, region);
  }) as [Run, Run];

  makeResponder(inProduction, inPayments, registry);
  inProduction(new CreateBucketCommand({ Bucket: 'customer-data' }));
  inProduction(new PutObjectCommand({ Bucket: 'customer-data', Key: 'customers.csv', Body: 'name,card' }));
  inPayments(new CreateBucketCommand({ Bucket: 'invoices' }));
  inPayments(new PutObjectCommand({ Bucket: 'invoices', Key: '2026.csv', Body: 'to,amount' }));

  inProduction(new CreateUserCommand({ UserName: 'alice', Path: '/team/' }));
  inProduction(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'work', PolicyDocument: allow('*') }));
  inProduction(new CreateAccessKeyCommand({ UserName: 'alice' }));
  makeRole(inProduction, 'web', { Service: 'ec2.amazonaws.com' }, allow('s3:*', 'ec2:Describe*'));
  makeRole(inProduction, 'ops', { Service: 'ec2.amazonaws.com' }, allow('iam:*', 'ec2:*'));
  makeRole(inPayments, 'deploy', { AWS: `arn:aws:iam::${production}:root` }, allow('s3:*', 'lambda:*'));
  makeRole(inPayments, 'billing', { Service: 'lambda.amazonaws.com' }, allow('s3:*'));
  inPayments(
    new CreateFunctionCommand({
      FunctionName: 'billing',
      Role: `arn:aws:iam::${payments}:role/billing`,
      Code: { ZipFile: new Uint8Array([1]) },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
    }),
  );
  const { instances, networkInterface, groups } = makeInstances(inProduction);
  const [instance = '', sibling = ''] = instances.map((id) => `arn:aws:ec2:${region}:${production}:instance/${id}`);
  const place = { world: sandbox.world, account: production, region };
  const shell = openConnection(place, time.now(), {
    interface: networkInterface,
    family: 'ipv4',
    direction: 'outbound',
    port: 4444,
  });
  if (shell === undefined) throw new Error('the shell cannot be opened');
  return {
    sandbox,
    responder: `arn:aws:iam::${production}:user/responder`,
    user: `arn:aws:iam::${production}:user/team/alice`,
    role: `arn:aws:iam::${payments}:role/deploy`,
    function: `arn:aws:lambda:${region}:${payments}:function:billing`,
    instance,
    sibling,
    accomplice: `arn:aws:iam::${production}:role/ops`,
    interface: networkInterface,
    groups,
    place,
    shell,
    buckets: { customers: 'customer-data', invoices: 'invoices' },
  };
}

type Run = <O extends object>(command: AnyCommand<O>) => O;

/** A user that may do nothing but take on a role in each account; the role may do what `lockdown permissions` prints, no more. */
function makeResponder(inProduction: Run, inPayments: Run, registry: Registry): void {
  inProduction(new CreateUserCommand({ UserName: 'responder' }));
  inProduction(
    new PutUserPolicyCommand({ UserName: 'responder', PolicyName: 'assume', PolicyDocument: allow('sts:AssumeRole') }),
  );
  inProduction(new CreateAccessKeyCommand({ UserName: 'responder' }));
  const manifests = registry.plugins.map(({ manifest }) => manifest);
  for (const [run, account] of [
    [inProduction, production],
    [inPayments, payments],
  ] as const) {
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${production}:user/responder` },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': externalId } },
    };
    run(new CreateRoleCommand({ RoleName: responderRole, AssumeRolePolicyDocument: document(trust) }));
    for (const purpose of ['contain', 'release'] as const) {
      const policy: PolicyDocument = policyFor(manifests, purpose, { partition: 'aws', account });
      run(new PutRolePolicyCommand({ RoleName: responderRole, PolicyName: purpose, PolicyDocument: JSON.stringify(policy) }));
    }
  }
}

function makeRole(run: Run, RoleName: string, Principal: object, policy: string): void {
  const trust = document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  run(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  run(new PutRolePolicyCommand({ RoleName, PolicyName: 'work', PolicyDocument: policy }));
}

/** Two web servers of one role in one VPC. */
function makeInstances(run: Run) {
  run(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }));
  run(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'web' }));
  const VpcId = id(run(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId);
  const SubnetId = id(run(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' })).Subnet?.SubnetId);
  const GroupId = id(run(new CreateSecurityGroupCommand({ VpcId, GroupName: 'web', Description: 'web servers' })).GroupId);
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  run(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [https] }));
  const { Instances = [] } = run(
    new RunInstancesCommand({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 2,
      MaxCount: 2,
      SubnetId,
      SecurityGroupIds: [GroupId],
      IamInstanceProfile: { Name: 'web' },
    }),
  );
  return {
    instances: Instances.map(({ InstanceId }) => id(InstanceId)),
    networkInterface: id(Instances[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId),
    groups: [GroupId],
  };
}

function allow(...actions: readonly string[]): string {
  return document({ Effect: 'Allow', Action: actions, Resource: '*' });
}

function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function id(made: string | undefined): string {
  if (made === undefined) throw new Error('the sandbox answered no id');
  return made;
}
