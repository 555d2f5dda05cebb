import { credentialError } from './credential-errors.ts';
import { History, type Staleness } from './history.ts';
import { type Identity, identify } from './identity.ts';
import type { CallInFlight, Interceptor } from './intercept.ts';
import { AwsError, type Call, type Operation, type Operations } from './operation.ts';
import { partitionOfRegion } from './partition.ts';
import { copy } from './plain.ts';
import { authorize } from './policy/authorize.ts';
import type { RecordedCall } from './recorded-call.ts';
import { unknownMembers } from './unknown-members.ts';
import type { World } from './world.ts';

/** A request as it arrives at a service: what is in its body, and who signed it for which service and Region. */
interface Request {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly input: object;
  /** The schema of the answer, as the SDK's commands carry it. */
  readonly answer?: unknown;
}

export interface Services {
  readonly world: World;
  readonly now: () => number;
  readonly interceptors: Interceptor[];
  readonly calls: RecordedCall[];
  /** A new id for a request. Not of the world's stream of ids, which reads must not move. */
  requestId(): string;
  /** Answers a request, or throws an AwsError, or an error of the network. */
  handle(request: Request): Promise<object>;
  /** Runs an operation for an identity at once: nothing is intercepted, recorded or late. */
  runAs(identity: Identity, request: Pick<Request, 'service' | 'operation' | 'region' | 'input' | 'answer'>): object;
}

/** The services of the organization: authentication, authorization, and the operations. */
export function createServices(
  world: World,
  now: () => number,
  tables: { readonly [service: string]: Operations },
  staleness: { readonly [service: string]: Staleness },
  seed: number,
  checkAnswers: boolean,
): Services {
  const interceptors: Interceptor[] = [];
  const calls: RecordedCall[] = [];
  const history = new History(world, staleness, seed);
  let requests = 0;

  function callOf(request: Pick<Request, 'service' | 'operation' | 'region'>, identity: Identity, seen: World): Call {
    return {
      world: seen,
      service: request.service,
      operation: request.operation,
      partition: identity.partition,
      account: identity.caller.account,
      region: request.region,
      caller: identity.caller,
      now: now(),
      id: (prefix) => world.id(prefix),
    };
  }

  function checked(request: Pick<Request, 'service' | 'operation' | 'answer'>, answer: object): object {
    if (!checkAnswers || request.answer === undefined) return answer;
    const unknown = unknownMembers(request.answer, answer);
    if (unknown.length > 0)
      throw new Error(
        `the sandbox's answer to ${request.service}:${request.operation} has what the API lacks: ${unknown.join(', ')}`,
      );
    return answer;
  }

  function run(operation: Operation<object, object>, request: Request, note: (fields: Partial<RecordedCall>) => void): object {
    const at = now();
    const identity = identify(world, request.accessKeyId, request.sessionToken, at);
    if (typeof identity === 'string') throw credentialError(request.service, identity);
    // The endpoints of one partition know nothing of another's credentials.
    if (identity.partition !== partitionOfRegion(request.region)) throw credentialError(request.service, 'unknown');
    if (isShutOut(identity, request)) throw credentialError(request.service, 'unknown');
    const { account } = identity.caller;
    note({ account, caller: identity.caller.arn });
    const input = copy(request.input);
    const call = callOf(request, identity, world);
    const demands = operation.demands(call, input);
    note({ actions: demands.map(({ action }) => action), resources: demands.map(({ resource }) => resource) });
    const denied = authorize(world, identity, request.service, demands, { region: request.region, now: at });
    if (denied !== undefined) throw denied;
    noteUse(identity, request, at);
    if (!operation.mutates) {
      const seen = history.seen(request.service, account, request.region, at);
      return checked(request, copy(operation.run(seen === world ? call : callOf(request, identity, seen), input)));
    }
    const succeeded = history.remember(request.service, account, request.region, at);
    const answer = checked(request, copy(operation.run(call, input)));
    succeeded();
    return answer;
  }

  async function handle(request: Request): Promise<object> {
    const operation = operationOf(tables, request.service, request.operation);
    const inFlight = inFlightOf(world, request, operation.mutates, now());
    for (const each of interceptors) await each.gate?.(inFlight);
    let fields: Partial<RecordedCall> = {};
    const note = (more: Partial<RecordedCall>): void => {
      fields = { ...fields, ...more };
    };
    const record = (ran: boolean, error?: unknown): void => {
      calls.push({
        seq: (calls.at(-1)?.seq ?? 0) + 1,
        at: now(),
        service: request.service,
        operation: request.operation,
        actions: [],
        resources: [],
        account: '',
        region: request.region,
        caller: '',
        mutates: operation.mutates,
        ran,
        ...fields,
        ...(error !== undefined && { error: nameOf(error) }),
      });
    };
    for (const each of interceptors) {
      const fault = each.before?.(inFlight);
      if (fault !== undefined) {
        record(false, fault);
        throw fault;
      }
    }
    let answer: object;
    try {
      answer = run(operation, request, note);
    } catch (error) {
      record(false, error);
      throw error;
    }
    for (const each of interceptors) {
      const fault = each.after?.(inFlight);
      if (fault !== undefined) {
        record(true, fault);
        throw fault;
      }
    }
    record(true);
    return answer;
  }

  return {
    world,
    now,
    interceptors,
    calls,
    handle,
    requestId: () => {
      requests += 1;
      return `sandbox-${requests}`;
    },
    runAs(identity, request) {
      const operation = operationOf(tables, request.service, request.operation);
      const call = callOf(request, identity, world);
      const input = copy(request.input);
      const denied = authorize(world, identity, request.service, operation.demands(call, input), {
        region: request.region,
        now: now(),
      });
      if (denied !== undefined) throw denied;
      return checked(request, copy(operation.run(call, input)));
    },
  };
}

function operationOf(
  tables: { readonly [service: string]: Operations },
  service: string,
  name: string,
): Operation<object, object> {
  const table = Object.hasOwn(tables, service) ? tables[service] : undefined;
  const operation = table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
  if (operation === undefined) throw new Error(`the sandbox has no operation ${service}:${name}`);
  return operation;
}

function inFlightOf(world: World, request: Request, mutates: boolean, at: number): CallInFlight {
  const { service, operation, region, input, accessKeyId } = request;
  return {
    service,
    operation,
    region,
    mutates,
    input,
    accessKeyId,
    get caller() {
      const identity = identify(world, accessKeyId, request.sessionToken, at);
      return typeof identity === 'string' ? '' : identity.caller.arn;
    },
  };
}

/**
 * Credentials of GetSessionToken cannot call IAM (without MFA, which the sandbox does not have), nor most of STS.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
function isShutOut({ principal, session }: Identity, { service, operation }: Request): boolean {
  if (principal.kind !== 'user' || session === undefined) return false;
  return service === 'iam' || (service === 'sts' && operation !== 'AssumeRole' && operation !== 'GetCallerIdentity');
}

function nameOf(error: unknown): string {
  if (error instanceof AwsError) return error.code;
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as Error & { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html */
function noteUse(identity: Identity, request: Request, at: number): void {
  const { principal } = identity;
  if (principal.kind === 'user') {
    const key = principal.user.accessKeys.find(({ id }) => id === identity.accessKeyId);
    if (key !== undefined) key.lastUsed = { at, region: request.region, service: request.service };
  }
  if (principal.kind === 'role') principal.role.lastUsed = { at, region: request.region };
}
