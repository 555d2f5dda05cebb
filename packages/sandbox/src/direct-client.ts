import { isClockSkewError, isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { AwsClient } from './attach.ts';
import { AwsError } from './operation.ts';
import { type ErrorRegistry, sdkError } from './sdk-error.ts';
import type { Services } from './service-calls.ts';

/** Credentials as the SDK's clients take them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a client is made with: as far as the sandbox looks at it. Whatever else the class takes is passed on. */
export interface ClientConfig {
  readonly region: string | (() => Promise<string>);
  readonly credentials: Credentials | (() => Promise<Credentials>);
  /** Attempts for a call that is throttled, lost or failed by the server. The SDK's default: 3. */
  readonly maxAttempts?: number;
  readonly [option: string]: unknown;
}

/** A client class, such as `IAMClient`. The SDK's classes take configurations of types of their own. */
export type ClientClass<C extends AwsClient> = new (...args: never) => C;

/** Makes a client of a class with a configuration, which only the class itself could check. */
export function newClient<C extends AwsClient>(Class: ClientClass<C>, config: object): C {
  return new (Class as unknown as new (given: object) => C)(config);
}

/** A direct client looks for neither a Region nor credentials by itself. */
export function checkedConfig(config: object): ClientConfig {
  const { region, credentials } = config as Partial<ClientConfig>;
  if (region === undefined || credentials === undefined) throw new Error('a direct client needs a region and credentials');
  return { ...config, region, credentials };
}

interface Probe {
  readonly registries: readonly ErrorRegistry[];
  readonly service: string;
}

interface Command {
  /** `[9, 'com.amazonaws.iam', 'GetUser', ...]` */
  readonly schema?: readonly unknown[];
  readonly input: object;
}

const probes = new WeakMap<object, Probe>();

/** What the class of a client knows: taken from a client that is made once and never sends anything. */
function probeOf(Class: ClientClass<AwsClient>): Probe {
  const found = probes.get(Class);
  if (found !== undefined) return found;
  const client = newClient(Class, { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
  const config = client.config as {
    readonly defaultSigningName?: string;
    readonly protocolSettings?: { readonly errorTypeRegistries?: readonly ErrorRegistry[] };
  };
  const probe = { registries: config.protocolSettings?.errorTypeRegistries ?? [], service: config.defaultSigningName ?? '' };
  client.destroy();
  probes.set(Class, probe);
  return probe;
}

/**
 * A client without the SDK's pipeline, for tens of thousands of calls: it is `instanceof` its class, answers the same and throws the
 * same errors, and retries what the SDK's standard strategy retries, at once. It neither signs nor validates its input.
 */
export function directClient<C extends AwsClient>(
  services: Services,
  Class: ClientClass<C>,
  config: ClientConfig,
  regionOf: (service: string, region: string) => string,
): C {
  const { registries, service } = probeOf(Class);
  const attempts = config.maxAttempts ?? 3;

  async function once({ schema, input }: Command, region: string, credentials: Credentials): Promise<object> {
    const requestId = services.requestId();
    try {
      const answer = await services.handle({
        service,
        operation: String(schema?.[2] ?? ''),
        region: regionOf(service, region),
        accessKeyId: credentials.accessKeyId,
        sessionToken: credentials.sessionToken,
        input,
        answer: schema?.[5],
      });
      return Object.assign(answer, { $metadata: { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 } });
    } catch (error) {
      throw error instanceof AwsError ? sdkError(registries, error, requestId) : error;
    }
  }

  async function send(command: Command): Promise<object> {
    const region = typeof config.region === 'function' ? await config.region() : config.region;
    for (let attempt = 1; ; attempt += 1) {
      const credentials = typeof config.credentials === 'function' ? await config.credentials() : config.credentials;
      try {
        return await once(command, region, credentials);
      } catch (error) {
        if (attempt >= attempts || !isRetried(error)) throw error;
      }
    }
  }

  return Object.create(Class.prototype, {
    send: { value: send },
    destroy: { value: () => undefined },
    config: { value: { ...config, defaultSigningName: service } },
  }) as C;
}

/** What the SDK's standard strategy retries: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
function isRetried(error: unknown): boolean {
  const seen = error as Parameters<typeof isServerError>[0];
  // A quota is not a throttle, although the SDK has its code in the list: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
  if (seen.name === 'LimitExceededException') return false;
  return isThrottlingError(seen) || isTransientError(seen) || isServerError(seen) || isClockSkewError(seen);
}
