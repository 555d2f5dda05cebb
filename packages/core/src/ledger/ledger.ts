import { createHash } from 'node:crypto';
import { type ObjectStore, StoreConflict, StoreFault, type WriteOptions } from '../store/object-store.ts';
import type { ContainmentRecord } from './record.ts';
import type { Resource } from './resource.ts';

/** An object with what it takes to replace it. */
export interface Stored<T> {
  readonly value: T;
  readonly tag: string;
}

/** Message ids that were handled for an entity, with the record that they made: they outlive the release. */
export interface Past {
  readonly entityKey: string;
  readonly messages: { readonly [message: string]: { readonly record: string; readonly at: string } };
}

/** Under which name the entity with a stable id was contained last: a user that is renamed is still the same one. */
export interface Identity {
  readonly plugin: string;
  readonly entityId: string;
  readonly entityKey: string;
  /** The record that noted it. */
  readonly record: string;
}

/** The ledger's objects, typed, over a compare-and-swap store. Every write throws StoreConflict where somebody else wrote first. */
export interface Ledger {
  readonly location: string;
  /** The ledger's random id, 12 characters, made on first use. */
  mark(): Promise<string>;
  /** The ledger's id, or undefined where there is no ledger yet. Writes nothing. */
  existingMark(): Promise<string | undefined>;
  newRecordId(entityKey: string): string;
  open(entityKey: string): Promise<Stored<ContainmentRecord> | undefined>;
  openById(recordId: string): Promise<Stored<ContainmentRecord> | undefined>;
  allOpen(): Promise<readonly ContainmentRecord[]>;
  /** The same, with a fault in the place of each record that cannot be read: one that is damaged hides no other. */
  allOpenOrFaults(): Promise<readonly (ContainmentRecord | StoreFault)[]>;
  createOpen(record: ContainmentRecord): Promise<string>;
  replaceOpen(record: ContainmentRecord, tag: string, options?: WriteOptions): Promise<string>;
  deleteOpen(record: ContainmentRecord, tag: string, options?: WriteOptions): Promise<void>;
  archived(recordId: string): Promise<Stored<ContainmentRecord> | undefined>;
  /** A record, whether it is open or has ended. */
  record(recordId: string): Promise<Stored<ContainmentRecord> | undefined>;
  /** Writes the archived record, whether it is there or not. */
  archive(record: ContainmentRecord): Promise<void>;
  resource(arn: string): Promise<Stored<Resource> | undefined>;
  putResource(resource: Resource, tag: string | undefined, options?: WriteOptions): Promise<string>;
  past(entityKey: string): Promise<Stored<Past> | undefined>;
  putPast(past: Past, tag: string | undefined): Promise<void>;
  identity(plugin: string, entityId: string): Promise<Stored<Identity> | undefined>;
  putIdentity(identity: Identity, tag: string | undefined): Promise<void>;
}

const version = 1;
type Kind = 'ledger' | 'record' | 'resource' | 'past' | 'identity';

/**
 * @param random gives that many random characters of `a-z0-9`: for the ledger's id, record ids and nonces
 */
export function createLedger(store: ObjectStore, random: (length: number) => string): Ledger {
  let mark: Promise<string> | undefined;

  function encode(kind: Kind, value: object): string {
    return `${JSON.stringify({ kind, version, nonce: random(12), ...value }, null, 1)}\n`;
  }

  function decode<T>(kind: Kind, key: string, body: string): T {
    let parsed: { kind?: unknown; version?: unknown; nonce?: unknown };
    try {
      parsed = JSON.parse(body);
    } catch (error) {
      throw damaged(key, (error as Error).message);
    }
    if (typeof parsed !== 'object' || parsed === null || parsed.kind !== kind) throw damaged(key, `it is not a ${kind}`);
    if (typeof parsed.version !== 'number') throw damaged(key, 'it has no version');
    if (parsed.version > version) {
      throw new StoreFault(
        'newer',
        `${key} in ${store.location} was written by a newer version of Entity Lockdown (format ${parsed.version}; this one knows ${version}).`,
        'Use the newer version.',
      );
    }
    const { kind: _kind, version: _version, nonce: _nonce, ...value } = parsed;
    const fault = faultOf[kind](value as never);
    if (fault !== undefined) throw damaged(key, fault);
    return value as T;
  }

  function damaged(key: string, why: string): StoreFault {
    return new StoreFault(
      'damaged',
      `${key} in ${store.location} is damaged: ${why}.`,
      `Put it back from a backup or an earlier version, or move it away to begin anew with that object; nothing was changed.`,
    );
  }

  async function read<T>(kind: Kind, key: string): Promise<Stored<T> | undefined> {
    const object = await store.get(key);
    return object === undefined ? undefined : { value: decode<T>(kind, key, object.body), tag: object.tag };
  }

  async function existingMark(): Promise<string | undefined> {
    return (await read<{ mark: string }>('ledger', 'ledger'))?.value.mark;
  }

  async function openById(recordId: string): Promise<Stored<ContainmentRecord> | undefined> {
    const found = await read<ContainmentRecord>('record', `open/${startOfRecordId(recordId)}`);
    return found?.value.id === recordId ? found : undefined;
  }

  function archived(recordId: string): Promise<Stored<ContainmentRecord> | undefined> {
    return read('record', `records/${recordId}`);
  }

  async function findOrMakeMark(): Promise<string> {
    const found = await existingMark();
    if (found !== undefined) return found;
    const made = random(12);
    try {
      await store.put('ledger', encode('ledger', { mark: made }), { absent: true });
      return made;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      return (await existingMark()) ?? made;
    }
  }

  return {
    location: store.location,
    existingMark,
    mark() {
      mark ??= findOrMakeMark().catch((error: unknown) => {
        mark = undefined;
        throw error;
      });
      return mark;
    },
    newRecordId: (entityKey) => `${recordIdStart(entityKey)}-${random(8)}`,
    open: (entityKey) => read('record', openKey(entityKey)),
    openById,
    record: async (recordId) => (await openById(recordId)) ?? (await archived(recordId)),
    async allOpen() {
      const keys = await store.list('open/');
      const found = await Promise.all(keys.map((key) => read<ContainmentRecord>('record', key)));
      return found.flatMap((stored) => (stored === undefined ? [] : [stored.value]));
    },
    async allOpenOrFaults() {
      const keys = await store.list('open/');
      const found = await Promise.all(
        keys.map(async (key) => {
          try {
            return (await read<ContainmentRecord>('record', key))?.value;
          } catch (error) {
            if (error instanceof StoreFault) return error;
            throw error;
          }
        }),
      );
      return found.filter((each) => each !== undefined);
    },
    createOpen: (record) => store.put(openKey(record.entityKey), encode('record', record), { absent: true }),
    replaceOpen: (record, tag, options) => store.put(openKey(record.entityKey), encode('record', record), { tag }, options),
    deleteOpen: (record, tag, options) => store.delete(openKey(record.entityKey), { tag }, options),
    archived,
    async archive(record) {
      for (;;) {
        const there = await store.get(`records/${record.id}`);
        try {
          await store.put(
            `records/${record.id}`,
            encode('record', record),
            there === undefined ? { absent: true } : { tag: there.tag },
          );
          return;
        } catch (error) {
          if (!(error instanceof StoreConflict)) throw error;
        }
      }
    },
    resource: (arn) => read('resource', `resources/${hash(arn)}`),
    putResource: (resource, tag, options) =>
      store.put(
        `resources/${hash(resource.arn)}`,
        encode('resource', resource),
        tag === undefined ? { absent: true } : { tag },
        options,
      ),
    past: (entityKey) => read('past', `past/${hash(entityKey)}`),
    async putPast(past, tag) {
      await store.put(`past/${hash(past.entityKey)}`, encode('past', past), tag === undefined ? { absent: true } : { tag });
    },
    identity: (plugin, entityId) => read('identity', identityKey(plugin, entityId)),
    async putIdentity(identity, tag) {
      await store.put(
        identityKey(identity.plugin, identity.entityId),
        encode('identity', identity),
        tag === undefined ? { absent: true } : { tag },
      );
    },
  };
}

/** 64 bits: two entities of one ledger do not meet by chance. What is stored names its entity all the same. */
const hashLength = 16;

function hash(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, hashLength);
}

function openKey(entityKey: string): string {
  return `open/${hash(entityKey)}`;
}

function identityKey(plugin: string, entityId: string): string {
  return `identities/${hash(`${plugin} ${entityId}`)}`;
}

/** How the ids of all records of an entity begin. */
export function recordIdStart(entityKey: string): string {
  return hash(entityKey);
}

/** The same of a record's id. */
export function startOfRecordId(recordId: string): string {
  return recordId.slice(0, hashLength);
}

/** Whether a text has the form of a record id. */
export function isRecordId(text: string): boolean {
  return /^[0-9a-f]{16}-[a-z0-9]{8}$/.test(text);
}

const states: readonly unknown[] = ['containing', 'contained', 'partial', 'releasing', 'release-blocked', 'released', 'refused'];

/** What is stored was written by this program, but people and other programs can reach it: what is relied on is checked. */
const faultOf: { readonly [K in Kind]: (value: never) => string | undefined } = {
  ledger: (value: { mark?: unknown }) =>
    typeof value.mark === 'string' && /^[a-z0-9]{12}$/.test(value.mark) ? undefined : 'its mark is not 12 letters and digits',
  record(value: Partial<ContainmentRecord>) {
    if (typeof value.id !== 'string' || !isRecordId(value.id)) return 'it has no record id';
    if (typeof value.entityKey !== 'string' || typeof value.entity?.arn !== 'string' || typeof value.entity.account !== 'string')
      return 'it names no entity';
    if (typeof value.plugin?.id !== 'string') return 'it names no plugin';
    if (!states.includes(value.state)) return `its state is ${JSON.stringify(value.state)}`;
    if (typeof value.holds !== 'object' || value.holds === null) return 'it has no holds';
    if (typeof value.owner?.until !== 'number' || typeof value.epoch !== 'number' || typeof value.prev !== 'number')
      return 'it has no lease';
    if (
      !Array.isArray(value.targets) ||
      !Array.isArray(value.events) ||
      !Array.isArray(value.warnings) ||
      !Array.isArray(value.failures) ||
      !Array.isArray(value.handled)
    )
      return 'a list is missing';
    if (
      !value.targets.every(
        (target) =>
          typeof target.setting === 'string' &&
          typeof target.on === 'string' &&
          Array.isArray(target.path) &&
          target.path.length > 0,
      )
    )
      return 'a target is not well-formed';
    return undefined;
  },
  resource(value: Partial<Resource>) {
    if (typeof value.arn !== 'string' || typeof value.entries !== 'object' || value.entries === null)
      return 'it names no resource';
    const wellFormed = Object.values(value.entries).every(
      (entry) =>
        'from' in entry &&
        typeof entry.wants === 'object' &&
        ['held', 'undoing', 'undone'].includes(entry.phase) &&
        typeof entry.at === 'number',
    );
    return wellFormed ? undefined : 'an entry is not well-formed';
  },
  past: (value: Partial<Past>) =>
    typeof value.messages === 'object' && value.messages !== null ? undefined : 'it has no messages',
  identity: (value: Partial<Identity>) =>
    typeof value.entityKey === 'string' && typeof value.entityId === 'string' ? undefined : 'it names no entity',
};
