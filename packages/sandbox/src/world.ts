import { copy } from './plain.ts';

/** An account of the organization. */
export interface Account {
  /** Twelve digits. */
  readonly id: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, ... */
  readonly partition: string;
  readonly name: string;
}

interface Slot {
  readonly service: string;
  readonly account: string;
  readonly region: string;
  state: object;
  /** The state as it was made: a slot that still has it counts as never made. */
  readonly pristine: object;
}

/** All that a world consists of: plain data, which `structuredClone` copies. */
export interface WorldData {
  readonly accounts: Map<string, Account>;
  readonly slots: Map<string, Slot>;
  /** How far the world's stream of ids has come. */
  readonly ids: { seed: number; count: number };
}

/** The state of everything in the organization. It knows nothing of any service: each keeps what it needs in its slots. */
export class World {
  readonly data: WorldData;
  /** Slots as they were before, for a reader that sees an older world. */
  readonly #past: ReadonlyMap<string, object> | undefined;

  constructor(data: WorldData, past?: ReadonlyMap<string, object>) {
    this.data = data;
    this.#past = past;
  }

  /** A service's state in an account and Region (`''` for global services), made on first use. Plain data; changed in place. */
  slot<T extends object>(service: string, account: string, region: string, create: () => T): T {
    const key = slotKey(service, account, region);
    const past = this.#past?.get(key);
    if (past !== undefined) return past as T;
    const found = this.data.slots.get(key);
    if (found !== undefined) return found.state as T;
    const state = create();
    this.data.slots.set(key, { service, account, region, state, pristine: copy(state) });
    return state;
  }

  /** The partition of an account. Throws where the organization has no such account. */
  partitionOf(account: string): string {
    const found = this.data.accounts.get(account);
    if (found === undefined) throw new Error(`the sandbox has no account ${account}`);
    return found.partition;
  }

  /** A new id, the same for the same seed. See `Call.id`. */
  id(prefix: string): string {
    return newId(this.data.ids, prefix);
  }

  /** A view in which the slots given are as they were. Nothing may be changed through it. */
  asItWas(past: ReadonlyMap<string, object>): World {
    return new World(this.data, past);
  }
}

export function slotKey(service: string, account: string, region: string): string {
  return `${service}/${account}/${region}`;
}

export function createWorld(seed: number, accounts: readonly Account[]): World {
  return new World({
    accounts: new Map(accounts.map((account) => [account.id, account])),
    slots: new Map(),
    ids: { seed: seed >>> 0, count: 0 },
  });
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const hex = '0123456789abcdef';

/**
 * Ids in the forms of AWS: `AKIA` and `ASIA` make 20 characters, other capitals 21 (`AIDA...`), a prefix that ends in a hyphen is
 * followed by 17 hexadecimal digits, and an empty prefix makes a UUID.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
function newId(ids: { seed: number; count: number }, prefix: string): string {
  ids.count += 1;
  let state = Math.imul(ids.seed ^ Math.imul(ids.count, 0x9e3779b1), 0x85ebca6b) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const run = (alphabet: string, length: number): string => {
    let made = '';
    for (let at = 0; at < length; at += 1) made += alphabet[next() % alphabet.length];
    return made;
  };
  if (prefix === '') {
    const digits = run(hex, 32);
    const parts = [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `a${digits.slice(17, 20)}`,
      digits.slice(20),
    ];
    return parts.join('-');
  }
  // The count makes two ids of one prefix differ for certain; its place is at the end, as the rest is only unlikely to repeat.
  if (prefix.endsWith('-')) return prefix + run(hex, 9) + ids.count.toString(16).padStart(8, '0');
  const length = (prefix === 'AKIA' || prefix === 'ASIA' ? 20 : 21) - prefix.length;
  let tail = '';
  for (let rest = ids.count, at = 0; at < 5; at += 1, rest = Math.floor(rest / 32)) tail = (base32[rest % 32] ?? '') + tail;
  return prefix + run(base32, length - 5) + tail;
}
