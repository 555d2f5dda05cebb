import { createHash } from 'node:crypto';
import { arnOf, type Json, partOf, resourceOf, sameJson } from '@entity-lockdown/plugin-api';

/**
 * The key of the tag that says that a ledger contains a principal. Each ledger has its own, so that two on one principal see each other
 * and neither has to write over the other's.
 */
export function markTag(mark: string): string {
  return `${markPrefix}${mark}`;
}

/** Of which ledger a tag is; undefined for all other tags. */
export function markInTag(key: string): string | undefined {
  const mark = key.startsWith(markPrefix) ? key.slice(markPrefix.length) : '';
  return /^[a-z0-9]{12}$/.test(mark) ? mark : undefined;
}

const markPrefix = 'entity-lockdown:';

/** The value of that tag. */
export const markValue = 'contained';

/** AWS's own policy that denies everything. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html */
export function denyAllArn(partition: string): string {
  return `arn:${partition}:iam::aws:policy/AWSDenyAll`;
}

/** The name of the inline policy that denies everything. */
export function inlineDenyName(mark: string): string {
  return `EntityLockdown-${mark}`;
}

/** The name of the inline policy that denies everything to one source. */
export function conditionalDenyName(mark: string, source: string): string {
  return `EntityLockdown-${mark}-${shortHash(source)}`;
}

/** The ARN of the managed policy that denies everything to one source. The role is in the hash: two roles may serve one source. */
export function conditionalManagedDenyArn(mark: string, on: string): string {
  const { partition, account } = arnOf(resourceOf(on));
  return `arn:${partition}:iam::${account}:policy/EntityLockdown-${mark}-${shortHash(on)}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The source ARN in the `on` of a conditional deny. Throws where there is none. */
export function sourceOf(on: string): string {
  const source = partOf(on);
  if (source === undefined) throw new Error(`no source ARN in ${on.slice(0, 200)}`);
  return source;
}

/** Denies everything, always. As short as it can be: all inline policies of a user share 2,048 characters. */
export const denyEverything: Json = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };

/**
 * Denies everything to the sessions that one instance or one function was given by the role. The keys are in the session, so that
 * credentials stolen from there and used elsewhere are denied as well.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-ec2-source-instance-arn
 * https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html (unqualified function ARNs only)
 * Throws for a source that is neither an instance nor an unqualified function.
 */
export function denyToSource(source: string): Json {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { ArnEquals: { [sourceKey(source)]: source } } }],
  };
}

function sourceKey(source: string): string {
  const { service, resource } = arnOf(source);
  // ArnEquals takes `*`, `?` and policy variables for patterns: only what names one thing may stand there.
  if (service === 'ec2' && /^instance\/i-[0-9a-f]+$/.test(resource)) return 'ec2:SourceInstanceARN';
  if (service === 'lambda' && /^function:[A-Za-z0-9_-]+$/.test(resource)) return 'lambda:SourceFunctionArn';
  throw new Error(`neither the ARN of an instance nor of an unqualified function: ${source.slice(0, 200)}`);
}

/**
 * Whether a document that AWS returned (percent-encoded) is the one wanted. The length is compared beside the meaning, since JSON with
 * a key given twice means one thing to one parser and another to the next.
 */
export function isDocument(encoded: string | undefined, wanted: Json): boolean {
  if (encoded === undefined) return false;
  try {
    const text = decodeURIComponent(encoded);
    const length = text.replaceAll(/\s/g, '').length;
    return length === JSON.stringify(wanted).length && sameJson(JSON.parse(text) as Json, wanted);
  } catch {
    return false;
  }
}
