import type { Json, Target } from '@entity-lockdown/plugin-api';
import { targetKey } from '../ledger/record.ts';

/** A call to the toy cloud. */
export interface ToyCall {
  /** `Look`, or `Set` and the last word of the setting: `SetPower`. */
  readonly name: string;
  readonly on: string;
  readonly setting?: string;
  readonly value?: Json;
}

/** A cloud with boxes and locks, which have settings with values: as much of AWS as the core needs to know. */
export interface ToyCloud {
  /** Stable ids of boxes, by ARN. A box that is not listed does not exist. */
  readonly boxes: Map<string, string>;
  /** Stable ids of what is not a box, by ARN. */
  readonly ids: Map<string, string>;
  /** By target key. What has no value does not exist. */
  readonly values: Map<string, Json>;
  /** Targets that the cloud is still at, with its reason. */
  readonly pending: Map<string, string>;
  /** Target keys for which there is no room. */
  readonly full: Set<string>;
  /** Writes that took effect, in order: `SetPower arn = "off"`. */
  readonly writes: string[];
  /** Awaited before a call takes effect. What it throws is answered in place of the effect. */
  before?: (call: ToyCall) => Promise<void> | void;
  /** Awaited between the effect and the answer. What it throws is answered although the call took effect. */
  after?: (call: ToyCall) => Promise<void> | void;
  /** What looks show in place of the present values: a reading that is late. */
  late?: ReadonlyMap<string, Json>;
}

export const account = '111122223333';
const place = `arn:aws:toy:eu-west-1:${account}`;
export const box = (name: string): string => `${place}:box/${name}`;
export const lock = (name: string): string => `${place}:lock/${name}`;
export const power = (name: string): Target => ({ setting: 'toy.power', on: box(name) });
export const seal = (name: string): Target => ({ setting: 'toy.seal', on: box(name) });
export const gate = (name: string): Target => ({ setting: 'toy.gate', on: box(name) });
export const key = (name: string, part: string): Target => ({ setting: 'toy.key', on: `${box(name)}#${part}` });
export const bolt = (name: string): Target => ({ setting: 'toy.bolt', on: lock(name) });

/** A cloud with a red and a blue box that are on, and a lock that is open. */
export function toyCloud(): ToyCloud {
  const cloud: ToyCloud = {
    boxes: new Map(),
    ids: new Map([[lock('shared'), 'LOCK-1']]),
    values: new Map([[targetKey(bolt('shared')), 'open']]),
    pending: new Map(),
    full: new Set(),
    writes: [],
  };
  for (const name of ['red', 'blue']) {
    cloud.boxes.set(box(name), `BOX-${name}`);
    cloud.values.set(targetKey(power(name)), 'on');
    cloud.values.set(targetKey(gate(name)), 'web');
    cloud.values.set(targetKey(key(name, 'one')), 'Active');
  }
  return cloud;
}

export function valueAt(cloud: ToyCloud, target: Target): Json | undefined {
  return cloud.values.get(targetKey(target));
}

/** Sets a value as somebody else would. */
export function put(cloud: ToyCloud, target: Target, value: Json): void {
  if (value === null) cloud.values.delete(targetKey(target));
  else cloud.values.set(targetKey(target), value);
}

/** All values, to compare before and after. */
export function dump(cloud: ToyCloud): { readonly [key: string]: Json } {
  return Object.fromEntries([...cloud.values].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** An error as the SDK throws it for an answer of AWS. */
export function answered(code: string, status = 400): Error {
  return Object.assign(new Error(`the toy cloud says ${code}`), { name: code, $metadata: { httpStatusCode: status } });
}

/** An error as the SDK throws it where no answer came. */
export function unanswered(): Error {
  return Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
}

/** Shaped as the clients of the SDK. */
export class ToyClient {
  readonly config: object = { serviceId: 'Toy' };
  readonly middlewareStack: object = {};
  readonly #cloud: ToyCloud;

  constructor(cloud: ToyCloud) {
    this.#cloud = cloud;
  }

  destroy(): void {}

  async send({ input }: ToyCommand): Promise<ToyCloud['values']> {
    const cloud = this.#cloud;
    await cloud.before?.(input);
    if (input.setting !== undefined) {
      const target = { setting: input.setting, on: input.on };
      if (cloud.full.has(targetKey(target)) && input.value !== null) throw answered('LimitExceeded', 409);
      put(cloud, target, input.value ?? null);
      cloud.writes.push(`${input.name} ${input.on} = ${JSON.stringify(input.value)}`);
    }
    const seen = new Map(cloud.late ?? cloud.values);
    await cloud.after?.(input);
    return seen;
  }
}

/** Shaped as the commands of the SDK: the schema names the operation. */
export class ToyCommand {
  readonly schema: readonly unknown[];
  readonly input: ToyCall;

  constructor(input: ToyCall) {
    this.input = input;
    this.schema = [9, 'toy', input.name];
  }
}
