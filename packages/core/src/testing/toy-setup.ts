import { type ToyCloud, toyCloud } from './toy-cloud.ts';
import { type ToyClock, type ToyHost, type ToyHostOptions, toyClock, toyHost } from './toy-host.ts';
import { type ToyParts, type ToyStage, toyPlugin } from './toy-plugin.ts';

/** A toy cloud with one process on it. */
export interface ToySetup extends ToyHost {
  readonly cloud: ToyCloud;
  readonly clock: ToyClock;
  /** The ledger's. */
  readonly objects: Map<string, string>;
  /** Another process on the same ledger. */
  another(me: string, more?: Partial<ToyHostOptions>): ToyHost;
}

export function setUp(parts: ToyParts = {}, more: Partial<ToyHostOptions> = {}): ToySetup {
  const [cloud, clock, objects] = [toyCloud(), toyClock(), new Map<string, string>()];
  const plugin = toyPlugin(cloud, parts);
  const another = (me: string, others: Partial<ToyHostOptions> = {}) => toyHost({ plugin, clock, objects, me, ...others });
  return { ...another('process-a', more), cloud, clock, objects, another };
}

/** A plan that is the same whatever is seen. */
export function plan(...stages: readonly ToyStage[]): NonNullable<ToyParts['plan']> {
  return () => stages;
}

export function stage(...changes: ToyStage['changes']): ToyStage {
  return { title: 'cut', changes };
}

/** Lets calls that were begun go as far as they can. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
