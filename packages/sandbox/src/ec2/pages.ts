import { awsError } from '../operation.ts';
import { invalidValue } from './errors.ts';

interface Paged {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * One page of items. The token names the last item seen, so that items that come or go between two pages neither repeat nor hide
 * others. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
 */
export function page<T extends { readonly id: string }>(
  items: readonly T[],
  input: Paged,
  pageSize: number,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const asked = input.MaxResults;
  if (asked !== undefined && (asked < 5 || asked > 1_000))
    throw invalidValue(`Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`);
  const sorted = [...items].sort((one, other) => (one.id < other.id ? -1 : 1));
  const after = input.NextToken === undefined ? '' : lastSeen(input.NextToken);
  const rest = sorted.filter((item) => item.id > after);
  const taken = rest.slice(0, asked ?? pageSize);
  const last = taken.at(-1);
  return { items: taken, next: last !== undefined && taken.length < rest.length ? tokenOf(last.id) : undefined };
}

function tokenOf(id: string): string {
  return btoa(`after ${id}`);
}

function lastSeen(token: string): string {
  try {
    const read = atob(token);
    if (read.startsWith('after ')) return read.slice('after '.length);
  } catch {
    // not base 64
  }
  throw awsError('InvalidPaginationToken', 'The specified pagination token is not valid or expired.');
}
