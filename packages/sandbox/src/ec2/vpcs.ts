import type {
  CreateSubnetRequest,
  CreateSubnetResult,
  CreateVpcRequest,
  CreateVpcResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  Subnet as PrintedSubnet,
  Vpc as PrintedVpc,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { addressesIn } from './addresses.ts';
import { required } from './errors.ts';
import { filtered } from './filters.ts';
import { findSubnet, findVpc } from './lookup.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { demandOn, demandOnNew } from './resource-context.ts';
import { addGroup } from './security-groups.ts';
import type { Ec2State, Subnet, Tags, Vpc } from './state.ts';
import { ec2Arn, ec2State } from './state.ts';
import { printedTags, requestTagsFor, tagDemands, tagsFor } from './tagging.ts';

function makeVpc(call: Call, cidr: string, withIpv6: boolean, isDefault: boolean, tags: Tags): Vpc {
  const state = ec2State(call);
  const id = call.id('vpc-');
  const vpc: Vpc = {
    id,
    cidr,
    // A block of its own for each, of the range reserved for documentation: https://www.rfc-editor.org/rfc/rfc3849
    ...(withIpv6 ? { ipv6Cidr: `2001:db8:${id.slice(-4).replace(/^0+(?=.)/, '')}::/56` } : {}),
    isDefault,
    tags,
  };
  state.vpcs.set(id, vpc);
  // Every VPC has a group named default: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
  const group = addGroup(call, { name: 'default', description: 'default VPC security group', vpc: id, tags: new Map() });
  group.rules.push({ id: call.id('sgr-'), direction: 'ingress', protocol: '-1', peer: { kind: 'group', value: group.id } });
  return vpc;
}

function makeSubnet(call: Call, vpc: Vpc, cidr: string, ipv6Cidr: string | undefined, zone: string, tags: Tags): Subnet {
  const id = call.id('subnet-');
  const subnet: Subnet = { id, vpc: vpc.id, cidr, ...(ipv6Cidr === undefined ? {} : { ipv6Cidr }), zone, tags };
  ec2State(call).subnets.set(id, subnet);
  return subnet;
}

function printedVpc(call: Call, vpc: Vpc): PrintedVpc {
  return {
    VpcId: vpc.id,
    OwnerId: call.account,
    CidrBlock: vpc.cidr,
    State: 'available',
    IsDefault: vpc.isDefault,
    InstanceTenancy: 'default',
    Ipv6CidrBlockAssociationSet:
      vpc.ipv6Cidr === undefined
        ? []
        : [
            {
              AssociationId: `vpc-cidr-assoc-${vpc.id.slice(4)}`,
              Ipv6CidrBlock: vpc.ipv6Cidr,
              Ipv6CidrBlockState: { State: 'associated' },
            },
          ],
    Tags: printedTags(vpc.tags),
  };
}

function printedSubnet(call: Call, state: Ec2State, subnet: Subnet): PrintedSubnet {
  const used = [...state.interfaces.values()].filter((found) => found.subnet === subnet.id).length;
  return {
    SubnetId: subnet.id,
    SubnetArn: ec2Arn(call, 'subnet', subnet.id),
    VpcId: subnet.vpc,
    OwnerId: call.account,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.zone,
    AvailableIpAddressCount: addressesIn(subnet.cidr) - used,
    State: 'available',
    Ipv6CidrBlockAssociationSet:
      subnet.ipv6Cidr === undefined
        ? []
        : [
            {
              AssociationId: `subnet-cidr-assoc-${subnet.id.slice(7)}`,
              Ipv6CidrBlock: subnet.ipv6Cidr,
              Ipv6CidrBlockState: { State: 'associated' },
            },
          ],
    Tags: printedTags(subnet.tags),
  };
}

export const vpcOperations: Operations = {
  CreateVpc: ec2Operation<CreateVpcRequest, CreateVpcResult>('CreateVpc', {
    mutates: true,
    demands: (call, input) => [
      demandOnNew(call, 'CreateVpc', 'vpc', requestTagsFor('vpc', input.TagSpecifications)),
      ...tagDemands(call, 'CreateVpc', input.TagSpecifications),
    ],
    run(call, input) {
      const cidr = required(input.CidrBlock, 'CidrBlock');
      const vpc = makeVpc(call, cidr, input.AmazonProvidedIpv6CidrBlock === true, false, tagsFor('vpc', input.TagSpecifications));
      return { Vpc: printedVpc(call, vpc) };
    },
  }),

  /** Every account has a default VPC in each Region, unless it was deleted. The sandbox has it where this was called. */
  CreateDefaultVpc: ec2Operation<object, CreateVpcResult>('CreateDefaultVpc', {
    mutates: true,
    demands: (call) => [demandOnNew(call, 'CreateDefaultVpc', 'vpc', {})],
    run(call) {
      const vpc = makeVpc(call, '172.31.0.0/16', false, true, new Map());
      for (const [at, letter] of ['a', 'b', 'c'].entries())
        makeSubnet(call, vpc, `172.31.${at * 16}.0/20`, undefined, call.region + letter, new Map());
      return { Vpc: printedVpc(call, vpc) };
    },
  }),

  DescribeVpcs: ec2Read<DescribeVpcsRequest, DescribeVpcsResult>('DescribeVpcs', (call, input) => {
    const state = ec2State(call);
    const vpcs = input.VpcIds === undefined ? [...state.vpcs.values()] : input.VpcIds.map((id) => findVpc(state, id));
    const matching = filtered(vpcs, input.Filters, {
      'vpc-id': (vpc) => [vpc.id],
      cidr: (vpc) => [vpc.cidr],
      'is-default': (vpc) => [String(vpc.isDefault)],
      'ipv6-cidr-block-association.ipv6-cidr-block': (vpc) => [vpc.ipv6Cidr],
    });
    const { items, next } = page(matching, input, state.options.pageSize);
    return { Vpcs: items.map((vpc) => printedVpc(call, vpc)), NextToken: next };
  }),

  CreateSubnet: ec2Operation<CreateSubnetRequest, CreateSubnetResult>('CreateSubnet', {
    mutates: true,
    demands: (call, input) => [
      demandOnNew(call, 'CreateSubnet', 'subnet', requestTagsFor('subnet', input.TagSpecifications)),
      demandOn(call, 'CreateSubnet', 'vpc', input.VpcId ?? '*'),
      ...tagDemands(call, 'CreateSubnet', input.TagSpecifications),
    ],
    run(call, input) {
      const state = ec2State(call);
      const vpc = findVpc(state, required(input.VpcId, 'VpcId'));
      const subnet = makeSubnet(
        call,
        vpc,
        required(input.CidrBlock, 'CidrBlock'),
        input.Ipv6CidrBlock,
        input.AvailabilityZone ?? `${call.region}a`,
        tagsFor('subnet', input.TagSpecifications),
      );
      return { Subnet: printedSubnet(call, state, subnet) };
    },
  }),

  DescribeSubnets: ec2Read<DescribeSubnetsRequest, DescribeSubnetsResult>('DescribeSubnets', (call, input) => {
    const state = ec2State(call);
    const subnets =
      input.SubnetIds === undefined ? [...state.subnets.values()] : input.SubnetIds.map((id) => findSubnet(state, id));
    const matching = filtered(subnets, input.Filters, {
      'subnet-id': (subnet) => [subnet.id],
      'vpc-id': (subnet) => [subnet.vpc],
      'availability-zone': (subnet) => [subnet.zone],
      'cidr-block': (subnet) => [subnet.cidr],
    });
    const { items, next } = page(matching, input, state.options.pageSize);
    return { Subnets: items.map((subnet) => printedSubnet(call, state, subnet)), NextToken: next };
  }),
};
