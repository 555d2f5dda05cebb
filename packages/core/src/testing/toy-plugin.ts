import {
  awsErrorCode,
  type Change,
  type Context,
  definePlugin,
  type Entity,
  type Json,
  type Manifest,
  nullOr,
  type Plugin,
  type Setting,
  type Stage,
  type Target,
  text,
  type Undo,
  unavailable,
  type Warning,
} from '@entity-lockdown/plugin-api';
import { targetKey } from '../ledger/record.ts';
import { box, ToyClient, type ToyCloud, ToyCommand } from './toy-cloud.ts';

/** What a look shows. */
export interface ToyState {
  readonly values: ReadonlyMap<string, Json>;
  readonly pending: ReadonlyMap<string, string>;
  readonly ids: ReadonlyMap<string, string>;
}

type ToySettings = {
  readonly 'toy.seal': Setting<ToyState, string | null>;
  readonly 'toy.power': Setting<ToyState, string | null>;
  readonly 'toy.gate': Setting<ToyState, string | null>;
  readonly 'toy.key': Setting<ToyState, string | null>;
  readonly 'toy.bolt': Setting<ToyState, string | null>;
  readonly 'toy.note': Setting<ToyState, string | null>;
};
export type ToyChange = Change<ToySettings>;
export type ToyStage = Stage<ToySettings>;
type ToyOptions = { readonly scope: string; readonly dwell: number };

/** What a test makes of the plugin. */
export interface ToyParts {
  readonly plan?: (now: ToyState, entity: Entity, options: ToyOptions) => readonly ToyStage[];
  readonly warnings?: (now: ToyState, entity: Entity, options: ToyOptions) => readonly Warning[];
  readonly immediate?: (entity: Entity) => readonly ToyChange[];
  readonly release?: readonly Undo<ToySettings>[];
  readonly note?: string;
  readonly markedBy?: string;
}

/** A change, with a title of its own. */
export function want(target: Target, to: string, more: object = {}): ToyChange {
  return { ...target, to, title: `Make ${target.setting} ${to}`, ...more } as ToyChange;
}

export const toyManifest: Manifest = {
  api: 1,
  id: 'toy.box',
  title: 'Box',
  match: ['arn:*:toy:*:*:box/*'],
  options: {
    scope: { kind: 'choice', title: 'What is meant', values: ['box', 'room'], default: 'box' },
    dwell: { kind: 'seconds', title: 'How long it rests', least: 0, most: 600, default: 60 },
  },
  grants: [
    { sessions: ['contain', 'release'], actions: ['toy:Look', 'toy:SetPower'], resources: ['*'], why: 'look, and switch off' },
    { sessions: ['contain'], actions: ['toy:SetSeal'], resources: ['arn:{partition}:toy:{region}:{account}:box/*'], why: 'seal' },
  ],
};

/** Power off, and every key inactive. */
export function plainPlan({ values }: ToyState, { arn }: Entity): readonly ToyStage[] {
  const keys = [...values.keys()]
    .filter((each) => each.startsWith(`toy.key ${arn}#`))
    .map((each) => each.slice('toy.key '.length));
  return [
    {
      title: 'Switch off',
      changes: [
        want({ setting: 'toy.power', on: arn }, 'off'),
        ...keys.map((on) => want({ setting: 'toy.key', on }, 'Inactive')),
      ],
    },
  ];
}

/** A plugin for the toy cloud. Its client's class is made for each cloud: that is how a look finds it. */
export function toyPlugin(cloud: ToyCloud, parts: ToyParts = {}): Plugin {
  const ToyClientClass = clientOf(cloud);
  const setting = (name: string, more: object = {}): Setting<ToyState, string | null> => ({
    value: nullOr(text),
    read: ({ values }, on) => values.get(targetKey({ setting: name, on })) as string | undefined,
    pending: ({ pending }, on) => pending.get(targetKey({ setting: name, on })),
    async write(ctx: Context, on, value) {
      const word = name.slice('toy.'.length);
      const command = new ToyCommand({ name: `Set${word[0]?.toUpperCase()}${word.slice(1)}`, on, setting: name, value });
      try {
        await ctx.client(ToyClientClass).send(command);
      } catch (error) {
        throw awsErrorCode(error) === 'LimitExceeded' ? unavailable('there is no room', error) : error;
      }
    },
    ...more,
  });
  const marked = { marked: true, read: ({ values }: ToyState, on: string) => values.get(`toy.seal ${on}`) ?? null };
  return definePlugin<ToyState, ToyOptions, ToySettings>({
    manifest: toyManifest,
    resolve: ({ arn }) => {
      const name = arn.resource.slice('box/'.length);
      if (name === 'none') return { refused: 'No box has that name.', instead: 'Give the ARN of a box.' };
      return {
        key: `aws:${arn.account}:${name}`,
        arn: box(name),
        partition: 'aws',
        account: arn.account,
        region: arn.region,
        name,
        ...(parts.note !== undefined && { note: parts.note }),
      };
    },
    async inspect(ctx, { arn }) {
      const seen = (await ctx.client(ToyClientClass).send(new ToyCommand({ name: 'Look', on: arn }))) as ToyCloud['values'];
      const id = cloud.boxes.get(arn);
      const { pending, ids } = cloud;
      const state = { values: seen, pending: new Map(pending), ids: new Map([...ids, ...cloud.boxes]) };
      return {
        exists: id !== undefined,
        ...(id === undefined && { missing: `There is no box ${arn}.` }),
        id: id ?? '',
        state,
        ...(parts.markedBy !== undefined && { markedBy: parts.markedBy }),
      };
    },
    plan: parts.plan ?? plainPlan,
    identify: ({ ids }, resource) => ids.get(resource),
    warnings: parts.warnings ?? (() => []),
    ...(parts.immediate !== undefined && { immediate: parts.immediate }),
    ...(parts.release !== undefined && { release: parts.release }),
    settings: {
      'toy.seal': setting('toy.seal', marked),
      'toy.power': setting('toy.power'),
      'toy.gate': setting('toy.gate'),
      'toy.key': setting('toy.key'),
      'toy.bolt': setting('toy.bolt'),
      'toy.note': setting('toy.note', { read: ({ values }: ToyState, on: string) => values.get(`toy.note ${on}`) ?? null }),
    },
  });
}

const classes = new WeakMap<ToyCloud, new () => ToyClient>();

/** The client class of a cloud: the same for all plugins and processes on it. */
function clientOf(cloud: ToyCloud): new () => ToyClient {
  const known = classes.get(cloud);
  if (known !== undefined) return known;
  const made = class extends ToyClient {
    constructor() {
      super(cloud);
    }
  };
  classes.set(cloud, made);
  return made;
}
