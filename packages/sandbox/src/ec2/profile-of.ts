import type { Ec2State, ProfileAssociation } from './state.ts';

/** The association of an instance with an instance profile; there is at most one. */
export function profileOf(state: Ec2State, instance: string): ProfileAssociation | undefined {
  return [...state.associations.values()].find((association) => association.instance === instance);
}
