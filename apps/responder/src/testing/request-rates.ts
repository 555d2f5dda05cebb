/** A call, as far as AWS counts it. */
export interface Counted {
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly mutates: boolean;
  readonly at: number;
}

interface Bucket {
  readonly name: string;
  readonly holds: number;
  readonly refill: number;
}

/** The buckets of tokens that AWS throttles by. */
export interface RequestRates {
  /** Takes a token for a call: whether there was one. */
  take(call: Counted): boolean;
}

export function requestRates(): RequestRates {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(call) {
      const bucket = bucketOf(call);
      if (bucket === undefined) return true;
      const before = buckets.get(bucket.name) ?? { left: bucket.holds, at: call.at };
      const left = Math.min(bucket.holds, before.left + ((call.at - before.at) / 1_000) * bucket.refill);
      buckets.set(bucket.name, { left: left < 1 ? left : left - 1, at: call.at });
      return left >= 1;
    },
  };
}

/**
 * EC2 has one for each action in each account and Region: 100 tokens and 20 more each second for one that only reads, and for one that
 * changes something no fewer than 50 and 5. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 *
 * IAM has such buckets too, and does not say how large they are: here they are as EC2's.
 * https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/
 *
 * Lambda counts 15 calls a second for all actions together. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
function bucketOf({ service, operation, account, region, mutates }: Counted): Bucket | undefined {
  if (service === 'lambda') return { name: `${account} ${region} lambda`, holds: 15, refill: 15 };
  if (service !== 'ec2' && service !== 'iam') return undefined;
  const name = `${account} ${service === 'iam' ? '' : region} ${service}:${operation}`;
  return mutates ? { name, holds: 50, refill: 5 } : { name, holds: 100, refill: 20 };
}
