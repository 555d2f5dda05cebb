import { isAccountId, isPartition, isRegion, isRegionOf, partitionOfRegion } from '@entity-lockdown/plugin-api';

/** Where a finding's entities are, proved to be of the right form. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** A place, or undefined where a part is missing or the parts cannot go together. Without a partition, the Region says which it is. */
export function placeOf(partition: unknown, region: unknown, account: unknown): Place | undefined {
  if (typeof region !== 'string' || !isRegion(region) || typeof account !== 'string' || !isAccountId(account)) return undefined;
  const named = partition ?? partitionOfRegion(region);
  return typeof named === 'string' && isPartition(named) && isRegionOf(named, region)
    ? { partition: named, region, account }
    : undefined;
}
