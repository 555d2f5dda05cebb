/**
 * An Amazon Resource Name in its parts: `arn:partition:service:region:account:resource`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for services that have no Region in their ARNs, such as IAM. */
  readonly region: string;
  /** Twelve digits; empty for services that have no account in their ARNs, such as S3. */
  readonly account: string;
  /** All that follows the account, colons and slashes included. */
  readonly resource: string;
}

/** Longer than any ARN that AWS prints: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html allows 2,048. */
const longest = 2_048;
const partitionForm = /^aws(-[a-z]+)*$/;
const serviceForm = /^[a-z0-9-]+$/;
const regionForm = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const accountForm = /^\d{12}$/;
// Control characters, and the marks that turn the direction of text or are invisible: none occurs in an ARN, all can hide one.
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Whether a text has the form of a partition's name: `aws`, `aws-cn`. */
export function isPartition(text: string): boolean {
  return partitionForm.test(text);
}

/** Whether a text has the form of a Region's name: `eu-west-1`. */
export function isRegion(text: string): boolean {
  return regionForm.test(text);
}

/** Whether a text has the form of an account id: twelve digits. */
export function isAccountId(text: string): boolean {
  return accountForm.test(text);
}

export type ArnFault = { readonly fault: string };

/**
 * Takes an ARN apart. Nothing is trimmed or repaired: an ARN that is almost right may be another entity's.
 * Answers a fault, in words to show a person, where the text is not an ARN.
 */
export function parseArn(given: string): Arn | ArnFault {
  if (given.length > longest) return { fault: `it is ${given.length} characters long; no ARN is longer than ${longest}` };
  if (deceptive.test(given)) return { fault: 'it contains invisible or control characters' };
  if (/\s/u.test(given)) return { fault: 'it contains white space' };
  const [prefix, partition, service, region, account, ...rest] = given.split(':');
  const resource = rest.join(':');
  if (prefix !== 'arn') return { fault: 'an ARN begins with "arn:"' };
  if (partition === undefined || !isPartition(partition))
    return { fault: `"${partition ?? ''}" is not an AWS partition (aws, aws-cn, aws-us-gov, ...)` };
  if (service === undefined || !serviceForm.test(service))
    return { fault: `"${service ?? ''}" is not the name of an AWS service` };
  if (region === undefined || (region !== '' && !isRegion(region))) return { fault: `"${region ?? ''}" is not an AWS Region` };
  if (account === undefined || (account !== '' && !isAccountId(account)))
    return { fault: `"${account ?? ''}" is not an account id of twelve digits` };
  if (resource === '') return { fault: 'it ends before the name of a resource' };
  return { partition, service, region, account, resource };
}

/** Whether `parseArn` found a fault. */
export function isArnFault(parsed: Arn | ArnFault): parsed is ArnFault {
  return 'fault' in parsed;
}

/** Parses an ARN that this project made itself. Throws where it is none: that is a defect, not a user's mistake. */
export function arnOf(known: string): Arn {
  const parsed = parseArn(known);
  if (isArnFault(parsed)) throw new Error(`not an ARN (${parsed.fault}): ${known.slice(0, 200)}`);
  return parsed;
}

/** Puts an ARN together again. */
export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}

/** A target's `on` without its `#part`: the ARN of the resource. `#` occurs in no ARN of the types we know. */
export function resourceOf(on: string): string {
  const hash = on.indexOf('#');
  return hash === -1 ? on : on.slice(0, hash);
}

/** What follows the `#` in a target's `on`, or undefined. */
export function partOf(on: string): string | undefined {
  const hash = on.indexOf('#');
  return hash === -1 ? undefined : on.slice(hash + 1);
}

/**
 * The name at the end of an IAM resource, without its path: `role/team/app` is the role `app` and no other.
 * IAM names are unique in an account whatever their path:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 */
export function iamName(resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1);
}

/**
 * Whether an ARN fits a pattern of a manifest. A pattern has the six parts of an ARN; `*` stands for any run of characters within
 * its part, and in the resource for any run at all. Matching takes time proportional to the text: patterns are data of third parties.
 */
export function matchesArn(pattern: string, arn: Arn): boolean {
  const [prefix, partition, service, region, account, ...rest] = pattern.split(':');
  if (prefix !== 'arn' || partition === undefined || service === undefined || region === undefined || account === undefined)
    return false;
  return (
    fits(partition, arn.partition) &&
    fits(service, arn.service) &&
    fits(region, arn.region) &&
    fits(account, arn.account) &&
    fits(rest.join(':'), arn.resource)
  );
}

function fits(pattern: string, value: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return value === first;
  const last = pieces.at(-1) ?? '';
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let from = first.length;
  const end = value.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = value.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

/**
 * The Region whose endpoint serves IAM in a partition. https://docs.aws.amazon.com/general/latest/gr/iam-service.html
 * For a partition that is not listed, the Region given.
 */
export function iamRegion(partition: string, otherwise: string): string {
  return iamRegions[partition] ?? otherwise;
}

const iamRegions: { readonly [partition: string]: string } = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** The partition a Region belongs to, by its name. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOfRegion(region: string): string {
  const found = Object.entries(partitionPrefixes).find(([, prefixes]) => prefixes.some((prefix) => region.startsWith(prefix)));
  return found?.[0] ?? 'aws';
}

/**
 * Whether a Region can be one of a partition. Of a partition that is not known here, every Region can be that belongs to no other by its
 * name.
 */
export function isRegionOf(partition: string, region: string): boolean {
  const named = partitionOfRegion(region);
  return named === partition || (named === 'aws' && !Object.hasOwn(iamRegions, partition));
}

const partitionPrefixes: { readonly [partition: string]: readonly string[] } = {
  'aws-cn': ['cn-'],
  'aws-us-gov': ['us-gov-'],
  'aws-iso': ['us-iso-'],
  'aws-iso-b': ['us-isob-'],
  'aws-iso-e': ['eu-isoe-'],
  'aws-iso-f': ['us-isof-'],
  'aws-eusc': ['eusc-'],
};
