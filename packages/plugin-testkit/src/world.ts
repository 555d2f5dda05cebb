import { type Actor, type AnyCommand, createSandbox, type Sandbox, type SandboxOptions } from '@entity-lockdown/sandbox';
import { type TestClock, testClock } from './clock.ts';

/** What a world is built with, and changed by. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  /** The first account of the world. */
  readonly account: string;
  /** Runs a command of the AWS SDK as the first account's administrator, at once. */
  run<O extends object>(command: AnyCommand<O>, region?: string): O;
  /** The administrator of an account. */
  admin(account: string): Actor;
}

/** An entity and all around it, as it is before it is contained, and how containment is to end. */
export interface PluginWorld {
  /** What is special about it: `its policies are full`. */
  readonly title: string;
  /** The account `111122223333` of the partition `aws` where they are left out. The entity lies in the first. */
  readonly accounts?: SandboxOptions['accounts'];
  /** Quotas of IAM, page sizes, reads that are late. */
  readonly sandbox?: Omit<SandboxOptions, 'accounts' | 'now' | 'services'>;
  /** Builds it by commands of the AWS SDK; answers the ARN of the entity. Called anew for each run: it must do the same each time. */
  readonly seed: (scene: Scene) => string;
  /** Values of the plugin's options. */
  readonly options?: { readonly [name: string]: string | number };
  /**
   * - `contained`: all is cut off
   * - `partial`: a door stays open, and that is said
   * - `refused`: nothing is touched, since the entity is not there or is not one to be contained
   */
  readonly expect: 'contained' | 'partial' | 'refused';
  /** Other spellings of the ARN that mean the same entity. */
  readonly spellings?: (arn: string) => readonly string[];
  /** Values that the world holds and nobody must see: in an environment, in user data, in a policy. */
  readonly secrets?: readonly string[];
  /**
   * What happens to the entity while it is contained, such as a tampered policy. It is contained again afterwards, and must end as
   * expected. How it is released is not compared with the beginning then.
   */
  readonly meanwhile?: (scene: Scene, arn: string) => void;
  /** How somebody else changes a contained setting to a third value, where no other world of the list has one. */
  readonly drift?: (scene: Scene, arn: string) => void;
}

/** A world that has been built. */
export interface BuiltWorld extends Scene {
  readonly arn: string;
}

export function buildWorld(world: PluginWorld, services: SandboxOptions['services']): BuiltWorld {
  const clock = testClock();
  const accounts = world.accounts ?? [{ id: '111122223333' }];
  const account = accounts[0]?.id ?? '';
  const sandbox = createSandbox({
    ...world.sandbox,
    accounts,
    now: () => clock.now(),
    ...(services !== undefined && { services }),
  });
  const admin = (id: string): Actor => sandbox.as(`admin:${id}`);
  const scene: Scene = { sandbox, clock, account, admin, run: (command, region) => admin(account).run(command, region) };
  const arn = world.seed(scene);
  sandbox.clearCalls();
  return { ...scene, arn };
}
