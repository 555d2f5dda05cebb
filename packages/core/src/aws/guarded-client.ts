import type { AwsClient } from '@entity-lockdown/plugin-api';
import { isUnanswered } from './unanswered.ts';

/** One call to AWS, as it is watched and recorded. */
export interface AwsCall {
  /** The IAM action, such as `iam:PutUserPolicy`. */
  readonly action: string;
  readonly service: string;
  readonly command: string;
}

/** What is asked before each attempt, and told after each. */
export interface CallGuard {
  /** Called before every attempt, the SDK's retries included. Throws to prevent it. */
  before(call: AwsCall): void;
  /** Called where an attempt ended without an answer: it may have taken effect, or may yet. */
  unanswered(call: AwsCall): void;
}

/** For calls that change nothing: no lease limits them. */
export const unguarded: CallGuard = { before() {}, unanswered() {} };

const calls = new WeakMap<object, AwsCall>();

/** The call to AWS that an error came from, where it came from one of ours. */
export function callOf(error: unknown): AwsCall | undefined {
  return typeof error === 'object' && error !== null ? calls.get(error) : undefined;
}

interface SendableCommand {
  readonly constructor: { readonly name: string };
  readonly middlewareStack?: { add(middleware: unknown, options: object): void };
}
type Next = (args: unknown) => Promise<unknown>;

/**
 * A view of a pooled client for the work on one record: the same client (paginators and waiters recognise it), with a guard around
 * every attempt. The guard's middleware stands after the SDK's retry and signing, so that no retry escapes it.
 */
export function guardedClient<C extends AwsClient>(client: C, service: string, guard: CallGuard): C {
  const inner = client as C & { send(command: unknown, ...rest: unknown[]): Promise<unknown> };
  const send = async (command: SendableCommand, ...rest: unknown[]): Promise<unknown> => {
    const call = callFor(service, command);
    guard.before(call);
    command.middlewareStack?.add(
      (next: Next) => async (args: unknown) => {
        guard.before(call);
        try {
          return await next(args);
        } catch (error) {
          if (isUnanswered(error)) guard.unanswered(call);
          throw error;
        }
      },
      { step: 'finalizeRequest', priority: 'low', name: 'entityLockdownGuard', override: true },
    );
    try {
      return await inner.send(command, ...rest);
    } catch (error) {
      if (typeof error === 'object' && error !== null && !calls.has(error)) calls.set(error, call);
      throw error;
    }
  };
  return Object.create(client, { send: { value: send } }) as C;
}

/** Commands whose name is not their IAM action. https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const otherwiseNamed: { readonly [command: string]: string } = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
};

function callFor(service: string, command: SendableCommand): AwsCall {
  const name = commandName(command);
  return { service, command: name, action: otherwiseNamed[`${service}:${name}`] ?? `${service}:${name}` };
}

/** The name that AWS gives to the operation. A class's own name does not survive minification; the schema's does. */
export function commandName(command: object): string {
  const { schema } = command as { schema?: unknown };
  const operation = Array.isArray(schema) ? schema[2] : undefined;
  return typeof operation === 'string' ? operation : command.constructor.name.replace(/Command$/, '');
}
