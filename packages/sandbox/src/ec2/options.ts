/** What differs between accounts, or takes time. Change it with `configureEc2`. */
export interface Ec2Options {
  /** From `pending` to `running`, in seconds. */
  readonly pendingSeconds: number;
  /** From `stopping` to `stopped`, in seconds. */
  readonly stoppingSeconds: number;
  /** From `shutting-down` to `terminated`, in seconds. */
  readonly shuttingDownSeconds: number;
  /**
   * How long a terminated instance is still described, in seconds. Usually about an hour:
   * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
   */
  readonly terminatedSeconds: number;
  /** Groups for each interface: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
  readonly groupsPerInterface: number;
  /** Groups in an account and Region, all VPCs together (same page). */
  readonly groupsPerRegion: number;
  /** Rules of a group for each direction, IPv4 and IPv6 counted apart (same page). */
  readonly rulesPerGroup: number;
  /**
   * Whether a new group in a VPC with an IPv6 block lets out `::/0` beside `0.0.0.0/0`. No page of AWS's API says so; it was
   * observed on AWS in https://github.com/getmoto/moto/pull/2647.
   */
  readonly ipv6DefaultEgress: boolean;
  /** Items of a page where the caller names no `MaxResults`. AWS's is not documented; a small one shows who reads only the first. */
  readonly pageSize: number;
}

export const ec2Defaults: Ec2Options = {
  pendingSeconds: 15,
  stoppingSeconds: 30,
  shuttingDownSeconds: 30,
  terminatedSeconds: 3_600,
  groupsPerInterface: 5,
  groupsPerRegion: 2_500,
  rulesPerGroup: 60,
  ipv6DefaultEgress: true,
  pageSize: 1_000,
};

/** No transition takes time: for building worlds. */
export const ec2AtOnce: Partial<Ec2Options> = { pendingSeconds: 0, stoppingSeconds: 0, shuttingDownSeconds: 0 };
