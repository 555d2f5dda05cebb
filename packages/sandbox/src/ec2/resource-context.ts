import type { Call, Demand } from '../operation.ts';
import { profileOf } from './profile-of.ts';
import type { ResourceKind, Tags } from './state.ts';
import { ec2Arn, ec2State } from './state.ts';

type Context = { [key: string]: string | readonly string[] };

/**
 * The condition keys that a resource brings along. One that does not exist brings none.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function resourceContext(call: Call, kind: ResourceKind, id: string): Context {
  return { 'ec2:Region': call.region, ...ofKind(call, kind, id) };
}

function ofKind(call: Call, kind: ResourceKind, id: string): Context {
  const state = ec2State(call);
  switch (kind) {
    case 'instance': {
      const instance = state.instances.get(id);
      if (instance === undefined) return {};
      const profile = profileOf(state, id)?.profileArn;
      return {
        ...tagContext(instance.tags),
        'ec2:InstanceID': id,
        'ec2:InstanceType': instance.type,
        'ec2:InstanceMarketType': instance.spot ? 'spot' : 'on-demand',
        'ec2:AvailabilityZone': instance.zone,
        ...(profile === undefined ? {} : { 'ec2:InstanceProfile': profile }),
        ...(instance.operator === undefined ? {} : { 'ec2:ManagedResourceOperator': instance.operator }),
      };
    }
    case 'network-interface': {
      const found = state.interfaces.get(id);
      if (found === undefined) return {};
      return {
        ...tagContext(found.tags),
        'ec2:NetworkInterfaceID': id,
        'ec2:Subnet': ec2Arn(call, 'subnet', found.subnet),
        'ec2:Vpc': ec2Arn(call, 'vpc', found.vpc),
      };
    }
    case 'security-group': {
      const group = state.groups.get(id);
      if (group === undefined) return {};
      return { ...tagContext(group.tags), 'ec2:SecurityGroupID': id, 'ec2:Vpc': ec2Arn(call, 'vpc', group.vpc) };
    }
    case 'subnet': {
      const subnet = state.subnets.get(id);
      if (subnet === undefined) return {};
      return { ...tagContext(subnet.tags), 'ec2:SubnetID': id, 'ec2:Vpc': ec2Arn(call, 'vpc', subnet.vpc) };
    }
    case 'vpc':
      return { ...tagContext(state.vpcs.get(id)?.tags ?? new Map()), 'ec2:VpcID': id };
  }
}

function tagContext(tags: Tags): Context {
  const context: Context = {};
  for (const [key, value] of tags) {
    context[`aws:ResourceTag/${key}`] = value;
    context[`ec2:ResourceTag/${key}`] = value;
  }
  return context;
}

/** What an action demands on a resource that exists. */
export function demandOn(call: Call, action: string, kind: ResourceKind, id: string, more: Context = {}): Demand {
  return { action: `ec2:${action}`, resource: ec2Arn(call, kind, id), context: { ...resourceContext(call, kind, id), ...more } };
}

/** What an action demands on a resource that it makes. */
export function demandOnNew(
  call: Call,
  action: string,
  kind: ResourceKind,
  more: { readonly [key: string]: string | readonly string[] },
): Demand {
  return { action: `ec2:${action}`, resource: ec2Arn(call, kind, '*'), context: { 'ec2:Region': call.region, ...more } };
}
