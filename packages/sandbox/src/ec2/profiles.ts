import type {
  AssociateIamInstanceProfileRequest,
  AssociateIamInstanceProfileResult,
  DescribeIamInstanceProfileAssociationsRequest,
  DescribeIamInstanceProfileAssociationsResult,
  DisassociateIamInstanceProfileRequest,
  DisassociateIamInstanceProfileResult,
  IamInstanceProfileAssociation,
  IamInstanceProfileAssociationState,
  IamInstanceProfileSpecification,
  ReplaceIamInstanceProfileAssociationRequest,
  ReplaceIamInstanceProfileAssociationResult,
} from '@aws-sdk/client-ec2';
import type { InstanceProfile } from '../iam/state.ts';
import { iamOf } from '../iam/state.ts';
import type { Call, Demand, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidValue, required } from './errors.ts';
import { filtered } from './filters.ts';
import { stateAt } from './lifecycle.ts';
import { findInstance } from './lookup.ts';
import { refuseManaged } from './managed.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { page } from './pages.ts';
import { profileOf } from './profile-of.ts';
import { demandOn } from './resource-context.ts';
import type { Ec2State, Instance, Place, ProfileAssociation } from './state.ts';
import { ec2State } from './state.ts';

/** The ARN of an instance profile: its path is in it. */
function profileArn(partition: string, account: string, profile: InstanceProfile): string {
  return `arn:${partition}:iam::${account}:instance-profile${profile.path}${profile.name}`;
}

/** The instance profile with an ARN, or undefined. */
export function profileWithArn(place: Place, arn: string): InstanceProfile | undefined {
  const partition = place.world.partitionOf(place.account);
  for (const profile of iamOf(place.world, place.account).profiles.values())
    if (profileArn(partition, place.account, profile) === arn) return profile;
  return undefined;
}

function profileNamed(call: Call, given: IamInstanceProfileSpecification): InstanceProfile | undefined {
  if (given.Arn !== undefined) return profileWithArn(call, given.Arn);
  for (const profile of iamOf(call.world, call.account).profiles.values()) if (profile.name === given.Name) return profile;
  return undefined;
}

/** Gives an instance a profile. */
export function addAssociation(call: Call, instance: string, given: IamInstanceProfileSpecification): ProfileAssociation {
  const profile = profileNamed(call, given);
  if (profile === undefined)
    throw invalidValue(
      `Value (${given.Arn ?? given.Name}) for parameter iamInstanceProfile is invalid. Invalid IAM Instance Profile`,
    );
  const association: ProfileAssociation = {
    id: call.id('iip-assoc-'),
    instance,
    profileArn: profileArn(call.partition, call.account, profile),
    profileId: profile.id,
    since: call.now,
  };
  ec2State(call).associations.set(association.id, association);
  return association;
}

/**
 * Who gives a profile to an instance hands over its role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
export function passRoleDemands(call: Call, given: IamInstanceProfileSpecification | undefined): readonly Demand[] {
  const name = given === undefined ? undefined : profileNamed(call, given)?.role;
  const role = name === undefined ? undefined : iamOf(call.world, call.account).roles.get(name);
  if (role === undefined) return [];
  return [
    {
      action: 'iam:PassRole',
      resource: `arn:${call.partition}:iam::${call.account}:role${role.path}${role.name}`,
      context: { 'iam:PassedToService': call.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com' },
    },
  ];
}

function refuseEnded(instance: Instance, now: number): void {
  const current = stateAt(instance.lifecycle, now).name;
  if (current === 'shutting-down' || current === 'terminated')
    throw awsError('IncorrectInstanceState', `The instance '${instance.id}' is not in a valid state for this operation.`);
}

function findAssociation(state: Ec2State, id: string | undefined): ProfileAssociation {
  const found = state.associations.get(required(id, 'associationId'));
  if (found === undefined) throw awsError('NoSuchAssociation', `An invalid association-id of '${id}' was given`);
  return found;
}

function printedAssociation(found: ProfileAssociation, State: IamInstanceProfileAssociationState): IamInstanceProfileAssociation {
  return {
    AssociationId: found.id,
    InstanceId: found.instance,
    IamInstanceProfile: { Arn: found.profileArn, Id: found.profileId },
    State,
    Timestamp: new Date(found.since),
  };
}

function instanceOfAssociation(call: Call, id: string | undefined): string {
  return ec2State(call).associations.get(id ?? '')?.instance ?? '*';
}

export const profileOperations: Operations = {
  AssociateIamInstanceProfile: ec2Operation<AssociateIamInstanceProfileRequest, AssociateIamInstanceProfileResult>(
    'AssociateIamInstanceProfile',
    {
      mutates: true,
      demands: (call, input) => [
        demandOn(call, 'AssociateIamInstanceProfile', 'instance', input.InstanceId ?? '*'),
        ...passRoleDemands(call, input.IamInstanceProfile),
      ],
      run(call, input) {
        const state = ec2State(call);
        const instance = findInstance(state, required(input.InstanceId, 'instanceId'), call.now);
        refuseManaged(instance);
        refuseEnded(instance, call.now);
        if (profileOf(state, instance.id) !== undefined)
          throw awsError('IncorrectState', `There is an existing association for instance ${instance.id}`);
        const added = addAssociation(call, instance.id, required(input.IamInstanceProfile, 'iamInstanceProfile'));
        return { IamInstanceProfileAssociation: printedAssociation(added, 'associating') };
      },
    },
  ),

  DisassociateIamInstanceProfile: ec2Operation<DisassociateIamInstanceProfileRequest, DisassociateIamInstanceProfileResult>(
    'DisassociateIamInstanceProfile',
    {
      mutates: true,
      demands: (call, input) => [
        demandOn(call, 'DisassociateIamInstanceProfile', 'instance', instanceOfAssociation(call, input.AssociationId)),
      ],
      run(call, input) {
        const state = ec2State(call);
        const found = findAssociation(state, input.AssociationId);
        const instance = state.instances.get(found.instance);
        if (instance !== undefined) refuseManaged(instance);
        state.associations.delete(found.id);
        return { IamInstanceProfileAssociation: printedAssociation(found, 'disassociating') };
      },
    },
  ),

  ReplaceIamInstanceProfileAssociation: ec2Operation<
    ReplaceIamInstanceProfileAssociationRequest,
    ReplaceIamInstanceProfileAssociationResult
  >('ReplaceIamInstanceProfileAssociation', {
    mutates: true,
    demands: (call, input) => [
      demandOn(call, 'ReplaceIamInstanceProfileAssociation', 'instance', instanceOfAssociation(call, input.AssociationId)),
      ...passRoleDemands(call, input.IamInstanceProfile),
    ],
    run(call, input) {
      const state = ec2State(call);
      const found = findAssociation(state, input.AssociationId);
      const instance = state.instances.get(found.instance);
      if (instance !== undefined) refuseManaged(instance);
      const added = addAssociation(call, found.instance, required(input.IamInstanceProfile, 'iamInstanceProfile'));
      state.associations.delete(found.id);
      return { IamInstanceProfileAssociation: printedAssociation(added, 'associating') };
    },
  }),

  DescribeIamInstanceProfileAssociations: ec2Read<
    DescribeIamInstanceProfileAssociationsRequest,
    DescribeIamInstanceProfileAssociationsResult
  >('DescribeIamInstanceProfileAssociations', (call, input) => {
    const state = ec2State(call);
    const asked = input.AssociationIds;
    const rows = [...state.associations.values()]
      .filter((found) => asked === undefined || asked.includes(found.id))
      .filter((found) => {
        const instance = state.instances.get(found.instance);
        return instance !== undefined && stateAt(instance.lifecycle, call.now).name !== 'terminated';
      })
      .map((found) => ({ id: found.id, found, tags: new Map<string, string>() }));
    const matching = filtered(rows, input.Filters, { 'instance-id': (row) => [row.found.instance], state: () => ['associated'] });
    const { items, next } = page(matching, input, state.options.pageSize);
    return {
      IamInstanceProfileAssociations: items.map((row) => printedAssociation(row.found, 'associated')),
      NextToken: next,
    };
  }),
};
