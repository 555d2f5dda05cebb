import { iamOf } from '../iam/state.ts';
import { profileOf } from './profile-of.ts';
import { profileWithArn } from './profiles.ts';
import type { Place } from './state.ts';
import { ec2State } from './state.ts';

/** What the credentials of a service's session are made of: of an instance, or of a function. */
export interface ServiceSession {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Condition keys that every request of the session carries. */
  readonly context: { readonly [key: string]: string };
}

/**
 * The session that an instance's metadata service hands out, or undefined where the instance has no profile, or its profile no
 * role. `ec2:SourceInstanceARN` stays in the session wherever its credentials are used.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-ec2-source-instance
 */
export function instanceSession(place: Place, instance: string): ServiceSession | undefined {
  const association = profileOf(ec2State(place), instance);
  const profile = association === undefined ? undefined : profileWithArn(place, association.profileArn);
  const role = profile?.role === undefined ? undefined : iamOf(place.world, place.account).roles.get(profile.role);
  if (role === undefined) return undefined;
  const partition = place.world.partitionOf(place.account);
  return {
    roleArn: `arn:${partition}:iam::${place.account}:role${role.path}${role.name}`,
    sessionName: instance,
    context: {
      'ec2:SourceInstanceARN': `arn:${partition}:ec2:${place.region}:${place.account}:instance/${instance}`,
      'ec2:RoleDelivery': '2.0',
    },
  };
}
