/** The partition of a Region, by its name. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOfRegion(region: string): string {
  return partitions.find(({ prefix }) => region.startsWith(prefix))?.partition ?? 'aws';
}

/** The Region whose endpoint serves IAM. https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
export function iamRegionOf(partition: string): string {
  return partitions.find((each) => each.partition === partition)?.iam ?? 'us-east-1';
}

const partitions = [
  { partition: 'aws-cn', prefix: 'cn-', iam: 'cn-north-1' },
  { partition: 'aws-us-gov', prefix: 'us-gov-', iam: 'us-gov-west-1' },
  { partition: 'aws-iso', prefix: 'us-iso-', iam: 'us-iso-east-1' },
  { partition: 'aws-iso-b', prefix: 'us-isob-', iam: 'us-isob-east-1' },
  { partition: 'aws-iso-e', prefix: 'eu-isoe-', iam: 'eu-isoe-west-1' },
  { partition: 'aws-iso-f', prefix: 'us-isof-', iam: 'us-isof-south-1' },
  { partition: 'aws-eusc', prefix: 'eusc-', iam: 'eusc-de-east-1' },
] as const;
