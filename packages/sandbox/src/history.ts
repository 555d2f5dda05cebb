import { copy } from './plain.ts';
import { slotKey, type World } from './world.ts';

/** How late reads of a service may be. */
export interface Staleness {
  /** Milliseconds within which a read may still see the world as it was before a write. */
  readonly within: number;
  /** The share of reads that are late at all, from 0 to 1. Half of them, where it is left out. */
  readonly chance?: number;
}

interface Before {
  readonly at: number;
  readonly state: object;
}

/** How many writes back a read may see at most: where time stands still, all of them are recent. */
const longest = 32;

/**
 * What slots were before their latest writes, so that reads can lag behind them as those of IAM and EC2 do.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
export class History {
  readonly #world: World;
  readonly #by: ReadonlyMap<string, Staleness>;
  readonly #past = new Map<string, Before[]>();
  #state: number;

  constructor(world: World, by: { readonly [service: string]: Staleness }, seed: number) {
    this.#world = world;
    this.#by = new Map(Object.entries(by));
    this.#state = (seed ^ 0x5f356495) >>> 0;
  }

  /** Before a write: answers what to call once it succeeded. */
  remember(service: string, account: string, region: string, now: number): () => void {
    const staleness = this.#by.get(service);
    if (staleness === undefined) return nothing;
    const before = regionsOf(region).map((each) => {
      const key = slotKey(service, account, each);
      const slot = this.#world.data.slots.get(key);
      return { key, state: slot === undefined ? undefined : copy(slot.state) };
    });
    return () => {
      for (const { key, state } of before) {
        // What the write itself made was empty before.
        const was = state ?? copy(this.#world.data.slots.get(key)?.pristine);
        if (was === undefined) continue;
        const list = (this.#past.get(key) ?? []).filter(({ at }) => at > now - staleness.within);
        list.push({ at: now, state: was });
        if (list.length > longest) list.shift();
        this.#past.set(key, list);
      }
    };
  }

  /** The world that a read sees: as it is, or as it was before one of the writes that are recent enough. */
  seen(service: string, account: string, region: string, now: number): World {
    const staleness = this.#by.get(service);
    if (staleness === undefined || this.#next() >= (staleness.chance ?? 0.5)) return this.#world;
    const back = this.#next();
    const past = new Map<string, object>();
    for (const each of regionsOf(region)) {
      const key = slotKey(service, account, each);
      const recent = (this.#past.get(key) ?? []).filter(({ at }) => at > now - staleness.within);
      const before = recent[Math.floor(back * recent.length)];
      if (before !== undefined) past.set(key, before.state);
    }
    return past.size === 0 ? this.#world : this.#world.asItWas(past);
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}

function nothing(): void {}

/** A global service's slot has no Region, whatever endpoint the call went to. */
function regionsOf(region: string): readonly string[] {
  return region === '' ? [''] : ['', region];
}
