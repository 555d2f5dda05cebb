import type {
  DescribeInstanceAttributeRequest,
  InstanceAttribute,
  InstanceAttributeName,
  ModifyInstanceAttributeRequest,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { followConnections } from './connections.ts';
import { invalidCombination, invalidValue, required } from './errors.ts';
import { checkedGroups } from './interface-groups.ts';
import { interfacesOf, tidy } from './interface-view.ts';
import { stateAt } from './lifecycle.ts';
import { findInstance } from './lookup.ts';
import { refuseManaged } from './managed.ts';
import { ec2Operation } from './operation.ts';
import { printedGroups } from './printed-interface.ts';
import { demandOn } from './resource-context.ts';
import type { Ec2State, Instance } from './state.ts';
import { ec2State } from './state.ts';

/** An attribute and its new value. */
type Modification =
  | { readonly attribute: 'disableApiTermination' | 'disableApiStop' | 'sourceDestCheck'; readonly value: boolean }
  | { readonly attribute: 'instanceInitiatedShutdownBehavior'; readonly value: string }
  | { readonly attribute: 'userData'; readonly value: Uint8Array | string }
  | { readonly attribute: 'groupSet'; readonly value: readonly string[] };

/**
 * The one attribute that a request changes: by its own member, or by Attribute and Value.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
 */
function modificationOf(input: ModifyInstanceAttributeRequest): Modification {
  const named: Modification[] = [];
  for (const attribute of ['disableApiTermination', 'disableApiStop', 'sourceDestCheck'] as const) {
    const member =
      input[
        `${attribute[0]?.toUpperCase()}${attribute.slice(1)}` as 'DisableApiTermination' | 'DisableApiStop' | 'SourceDestCheck'
      ];
    if (member?.Value !== undefined) named.push({ attribute, value: member.Value });
  }
  const behavior = input.InstanceInitiatedShutdownBehavior?.Value;
  if (behavior !== undefined) named.push({ attribute: 'instanceInitiatedShutdownBehavior', value: behavior });
  if (input.UserData?.Value !== undefined) named.push({ attribute: 'userData', value: input.UserData.Value });
  if (input.Groups !== undefined && input.Groups.length > 0) named.push({ attribute: 'groupSet', value: input.Groups });
  if (input.Attribute !== undefined && input.Value !== undefined) named.push(byName(input.Attribute, input.Value));
  const [only, ...others] = named;
  if (only === undefined) throw invalidCombination('No attributes specified.');
  if (others.length > 0) throw invalidCombination('Fields for multiple attribute types specified.');
  return only;
}

function byName(attribute: InstanceAttributeName, value: string): Modification {
  switch (attribute) {
    case 'disableApiTermination':
    case 'disableApiStop':
    case 'sourceDestCheck':
      return { attribute, value: value.toLowerCase() === 'true' };
    case 'instanceInitiatedShutdownBehavior':
    case 'userData':
      return { attribute, value };
    default:
      throw new Error(`the sandbox does not modify the attribute ${attribute} of an instance`);
  }
}

/** The wording was reported in https://github.com/cloud-custodian/cloud-custodian/issues/2083 */
function refuseSpot(instance: Instance, attribute: string): void {
  if (instance.spot) throw awsError('UnsupportedOperation', `Modifying '${attribute}' is not supported for spot instances.`);
}

function modify(call: Call, state: Ec2State, instance: Instance, change: Modification): void {
  const current = stateAt(instance.lifecycle, call.now).name;
  switch (change.attribute) {
    case 'disableApiTermination':
    case 'disableApiStop':
      refuseSpot(instance, change.attribute);
      instance[change.attribute] = change.value;
      return;
    case 'instanceInitiatedShutdownBehavior':
      // Not for Spot Instances, which are terminated or stopped as their request says (page above).
      refuseSpot(instance, change.attribute);
      if (change.value !== 'stop' && change.value !== 'terminate')
        throw invalidValue(`Value (${change.value}) for parameter instanceInitiatedShutdownBehavior is invalid.`);
      instance.shutdownBehavior = change.value;
      return;
    case 'userData':
      if (current !== 'stopped')
        throw awsError('IncorrectInstanceState', `The instance '${instance.id}' is not in the 'stopped' state.`);
      instance.userData = typeof change.value === 'string' ? change.value : new TextDecoder().decode(change.value);
      return;
    case 'sourceDestCheck':
      onlyInterface(call, state, instance).sourceDestCheck = change.value;
      return;
    case 'groupSet': {
      if (current !== 'running' && current !== 'stopped')
        throw awsError('IncorrectInstanceState', `The instance '${instance.id}' is not in the 'running' or 'stopped' state.`);
      const found = onlyInterface(call, state, instance);
      found.groups = checkedGroups(state, found.vpc, change.value);
      return;
    }
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, InvalidInstanceID */
function onlyInterface(call: Call, state: Ec2State, instance: Instance) {
  const [only, ...others] = interfacesOf(state, instance.id, call.now);
  if (only === undefined || others.length > 0)
    throw awsError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  return only;
}

function printed(state: Ec2State, call: Call, instance: Instance, attribute: InstanceAttributeName): InstanceAttribute {
  const InstanceId = instance.id;
  switch (attribute) {
    case 'disableApiTermination':
      return { InstanceId, DisableApiTermination: { Value: instance.disableApiTermination } };
    case 'disableApiStop':
      return { InstanceId, DisableApiStop: { Value: instance.disableApiStop } };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceId, InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
    case 'userData':
      return { InstanceId, UserData: instance.userData === undefined ? {} : { Value: instance.userData } };
    case 'instanceType':
      return { InstanceId, InstanceType: { Value: instance.type } };
    case 'sourceDestCheck':
      return { InstanceId, SourceDestCheck: { Value: onlyInterface(call, state, instance).sourceDestCheck } };
    case 'groupSet':
      return { InstanceId, Groups: printedGroups(state, interfacesOf(state, instance.id, call.now)[0]?.groups ?? []) };
    default:
      throw new Error(`the sandbox does not describe the attribute ${attribute} of an instance`);
  }
}

/**
 * The condition key of what a request sets.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html#attribute-key
 */
function attributeContext(input: ModifyInstanceAttributeRequest): { readonly [key: string]: string } {
  const members = Object.entries(input).filter(
    ([name, value]) => name !== 'InstanceId' && name !== 'DryRun' && value !== undefined,
  );
  const name = input.Attribute ?? members[0]?.[0];
  return name === undefined ? {} : { 'ec2:Attribute': name };
}

export const instanceAttributeOperations: Operations = {
  DescribeInstanceAttribute: ec2Operation<DescribeInstanceAttributeRequest, InstanceAttribute>('DescribeInstanceAttribute', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'DescribeInstanceAttribute', 'instance', input.InstanceId ?? '*')],
    run(call, input) {
      const state = ec2State(call);
      const instance = findInstance(state, required(input.InstanceId, 'instanceId'), call.now);
      return printed(state, call, instance, required(input.Attribute, 'attribute'));
    },
  }),

  ModifyInstanceAttribute: ec2Operation<ModifyInstanceAttributeRequest, object>('ModifyInstanceAttribute', {
    mutates: true,
    demands: (call, input) => [
      demandOn(call, 'ModifyInstanceAttribute', 'instance', input.InstanceId ?? '*', attributeContext(input)),
      ...(input.Groups ?? []).map((group) => demandOn(call, 'ModifyInstanceAttribute', 'security-group', group)),
    ],
    run(call, input) {
      const state = ec2State(call);
      tidy(state, call.now);
      const instance = findInstance(state, required(input.InstanceId, 'instanceId'), call.now);
      refuseManaged(instance);
      modify(call, state, instance, modificationOf(input));
      followConnections(call, call.now);
      return {};
    },
  }),
};
