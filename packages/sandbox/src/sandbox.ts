import { type AwsClient, attach } from './attach.ts';
import { type ClientClass, type Credentials, checkedConfig, directClient, newClient } from './direct-client.ts';
import { ec2VolatileFields } from './ec2/connections.ts';
import { ec2Operations } from './ec2/operations.ts';
import type { Staleness } from './history.ts';
import type { IamLimits } from './iam/limits.ts';
import { iamOperations } from './iam/operations.ts';
import { iamOf } from './iam/state.ts';
import type { Interceptor } from './intercept.ts';
import { lambdaOperations } from './lambda/operations.ts';
import { lambdaVolatileFields } from './lambda/state.ts';
import type { Operations } from './operation.ts';
import { iamRegionOf, partitionOfRegion } from './partition.ts';
import { copy, type PlainJson, toJson } from './plain.ts';
import { type CredentialOptions, credentialsOf, identityOf } from './principals.ts';
import type { RecordedCall } from './recorded-call.ts';
import { s3Operations } from './s3/operations.ts';
import { createServices } from './service-calls.ts';
import { snsOperations } from './sns/operations.ts';
import { stsOperations } from './sts/operations.ts';
import { createWorld, World, type WorldData } from './world.ts';

export interface SandboxOptions {
  /** Ids, late reads and whatever else is left to chance follow from it. */
  readonly seed?: number;
  /** The time, in milliseconds since the epoch. The sandbox never waits: things take as long as this says. */
  readonly now?: () => number;
  readonly accounts: readonly { readonly id: string; readonly partition?: string; readonly name?: string }[];
  /** Begins with a copy of another sandbox's world (`sandbox.world.data`) in place of an empty one; its accounts and ids go on. */
  readonly from?: WorldData;
  /** Reads that lag behind writes, by service (`iam`, `ec2`, ...). None where it is left out. */
  readonly staleness?: { readonly [service: string]: Staleness };
  /** Quotas and page sizes of IAM, in every account. Single accounts: `iamOf(world, account).limits`. */
  readonly iam?: Partial<IamLimits>;
  /** Fails a call whose answer has a member that the service's API lacks. For tests of operations; slower. */
  readonly checkAnswers?: boolean;
  /** Services beside those of the sandbox, by their name in IAM actions, or more operations for those it has. */
  readonly services?: { readonly [service: string]: Operations };
}

/** A command of any client of the SDK. */
export interface AnyCommand<O extends object> {
  readonly input: object;
  // biome-ignore lint/suspicious/noExplicitAny: only the output's type is taken from it
  resolveMiddleware(stack: any, configuration: any, options: any): (args: any) => Promise<{ output: O }>;
}

/** Runs operations at once, to build worlds: not intercepted, not recorded, never late. Policies are obeyed. */
export interface Actor {
  /** Region: that of the partition's IAM where it is left out. Throws `AwsError`. */
  run<O extends object>(command: AnyCommand<O>, region?: string): O;
}

export interface Sandbox {
  readonly world: World;
  /** Every call through clients, in the order in which they took effect. */
  readonly calls: readonly RecordedCall[];
  /** Has a real client of the AWS SDK v3 answered by this organization. Answers the client. */
  attach<C extends AwsClient>(client: C): C;
  /** A new, attached client. Shaped as the factory that a host takes where it would make clients of AWS. `config` is the class's own. */
  createClient<C extends AwsClient>(Class: ClientClass<C>, config: object): C;
  /**
   * The same without the SDK's pipeline, for tens of thousands of calls: neither signed nor validated, and retried at once. `config` is
   * a `ClientConfig`. Throws where it has no region or no credentials.
   */
  directClient<C extends AwsClient>(Class: ClientClass<C>, config: object): C;
  /**
   * Credentials of a principal: a user (`arn:aws:iam::111122223333:user/alice`; an access key of hers, or with `session` those of
   * GetSessionToken), a role or one of its sessions (`...:role/app`, `arn:aws:sts::...:assumed-role/app/session`), an account's root
   * (`...:root`, or `admin:111122223333`); or those that an EC2 instance or a Lambda function is given, by its ARN. Throws where there
   * is no such principal, where a user has no access key, and where an instance or function has no role.
   */
  credentials(principal: string, options?: CredentialOptions): Credentials & { readonly expiration?: Date };
  as(principal: string): Actor;
  /** The whole organization as JSON, to compare before and after. Without `volatileFields`, and without state that was only looked at. */
  dump(): { readonly [slot: string]: PlainJson };
  /** Adds hooks to every call; answers what removes them. */
  intercept(interceptor: Interceptor): () => void;
  /** Forgets the calls recorded so far. */
  clearCalls(): void;
}

/**
 * Fields that say when something happened last, or was used, and no part of how the organization is configured: `dump()` leaves
 * them out, wherever they stand.
 */
export const volatileFields: readonly string[] = ['lastUsed', 'issued', ...ec2VolatileFields, ...lambdaVolatileFields];

/** An AWS organization in memory. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const seed = options.seed ?? 1;
  const accounts = options.accounts.map(({ id, partition = 'aws', name = id }) => ({ id, partition, name }));
  const world = options.from === undefined ? createWorld(seed, accounts) : new World(copy(options.from));
  if (options.iam !== undefined) for (const id of world.data.accounts.keys()) Object.assign(iamOf(world, id).limits, options.iam);
  const tables: { [service: string]: Operations } = {
    iam: iamOperations,
    sts: stsOperations,
    s3: s3Operations,
    sns: snsOperations,
    ec2: ec2Operations,
    lambda: lambdaOperations,
  };
  for (const [service, more] of Object.entries(options.services ?? {})) tables[service] = { ...tables[service], ...more };
  const now = options.now ?? (() => Date.now());
  const services = createServices(world, now, tables, options.staleness ?? {}, seed, options.checkAnswers ?? false);

  return {
    world,
    calls: services.calls,
    attach: (client) => attach(services, client),
    createClient: (Class, config) => attach(services, newClient(Class, { ...config })),
    directClient: (Class, config) => directClient(services, Class, checkedConfig(config), signingRegion),
    credentials: (principal, credentialOptions = {}) => credentialsOf(world, principal, credentialOptions, now()),
    as: (principal) => {
      const identity = identityOf(world, principal, now());
      return {
        run<O extends object>(command: AnyCommand<O>, region?: string): O {
          const { schema } = command as { schema?: readonly unknown[] };
          const service = String(schema?.[1]).replace('com.amazonaws.', '');
          const where = region ?? iamRegionOf(identity.partition);
          const request = {
            service,
            operation: String(schema?.[2]),
            region: signingRegion(service, where),
            input: command.input,
          };
          return services.runAs(identity, request) as O;
        },
      };
    },
    dump() {
      const without = new Set(volatileFields);
      const made: { [slot: string]: PlainJson } = {};
      for (const [key, slot] of [...world.data.slots].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const state = toJson(slot.state, without);
        if (JSON.stringify(state) !== JSON.stringify(toJson(slot.pristine, without))) made[key] = state;
      }
      return made;
    },
    intercept(interceptor) {
      services.interceptors.push(interceptor);
      return () => {
        const at = services.interceptors.indexOf(interceptor);
        if (at !== -1) services.interceptors.splice(at, 1);
      };
    },
    clearCalls() {
      services.calls.length = 0;
    },
  };
}

/** IAM has one Region in each partition, whatever a client's is: https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
function signingRegion(service: string, region: string): string {
  return service === 'iam' ? iamRegionOf(partitionOfRegion(region)) : region;
}
