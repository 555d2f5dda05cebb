import { awsErrorCode, isAccessDenied } from '@entity-lockdown/plugin-api';
import { callOf } from './aws/guarded-client.ts';
import { isUnanswered, isUnreachable } from './aws/unanswered.ts';
import { StoreConflict, StoreDeadline, StoreFault } from './store/object-store.ts';

/** What went wrong, as data: it is stored, shown to people, and read by machines. */
export interface Failure {
  /** A stable name: `access-denied`, `not-an-arn`, `damaged`, or the code that AWS answered. */
  readonly code: string;
  /** One sentence: what failed, on what. */
  readonly message: string;
  /** What was tried: an IAM action such as `iam:PutUserPolicy`, where it was a call to AWS. */
  readonly action?: string;
  /** The resource it was tried on. */
  readonly on?: string;
  /** What had been done by then. */
  readonly done?: readonly string[];
  /** What the reader should do now. */
  readonly next: string;
  /** Whether trying again, with nothing changed, may succeed. */
  readonly transient: boolean;
}

/** Thrown where nothing can go on. Carries the failure as data. */
export class LockdownError extends Error {
  readonly failure: Failure;
  /** How the request ends: nothing touched for bad input or a refusal. */
  readonly kind: 'invalid' | 'refused' | 'failed';
  constructor(kind: 'invalid' | 'refused' | 'failed', failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.name = 'LockdownError';
    this.kind = kind;
    this.failure = failure;
  }
}

/** Thrown where AWS does not say how an entity is. What is known from its ARN alone can be done all the same. */
export class CouldNotLook extends LockdownError {}

export function invalid(code: string, message: string, next: string): LockdownError {
  return new LockdownError('invalid', { code, message, next, transient: false });
}

export function refused(code: string, message: string, next: string): LockdownError {
  return new LockdownError('refused', { code, message, next, transient: false });
}

/** Errors of AWS that pass by themselves: another change is under way, or the service is not well. As `awsErrorCode` spells them. */
const passing: ReadonlySet<string> = new Set([
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiable',
  'ResourceConflict',
  'ResourceInUse',
  'ServiceFailure',
  'Service',
  'InternalError',
  'InternalFailure',
  'ServiceUnavailable',
  'Unavailable',
  'RequestTimeout',
  'RequestLimitExceeded',
  'Throttling',
  'Throttled',
  'TooManyRequests',
  'RequestThrottled',
  'SlowDown',
  'IncorrectInstanceState',
  'DependencyViolation',
]);

const badCredentials: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'CredentialsProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthFailure',
  'InvalidIdentityToken',
]);

/** Turns whatever was thrown into a failure that a person can act on. */
export function failureOf(error: unknown, on?: string): Failure {
  if (error instanceof LockdownError) return error.failure;
  if (error instanceof StoreFault) return { code: error.code, message: error.message, next: error.next, transient: false };
  if (error instanceof StoreConflict) {
    return {
      code: 'ledger-conflict',
      message: 'Another process wrote the same ledger object at the same time.',
      next: 'Try again.',
      transient: true,
    };
  }
  if (error instanceof StoreDeadline || error instanceof DeadlineExceeded) {
    return {
      code: 'deadline',
      message: 'The time that this process had to itself ran out before the call.',
      next: 'Try again; it goes on where it stopped.',
      transient: true,
    };
  }
  const code = awsErrorCode(error) ?? 'unknown';
  const call = callOf(error);
  const where = { ...(call && { action: call.action }), ...(on !== undefined && { on }) };
  const said = error instanceof Error ? error.message : String(error);
  const what = call === undefined ? '' : `${call.action}: `;
  if (isAccessDenied(error)) {
    return {
      ...where,
      code: 'access-denied',
      message: `AWS denied ${call?.action ?? 'the call'}${on === undefined ? '' : ` on ${on}`}: ${said}`,
      next: `Grant ${call?.action ?? 'the action'} to the role or user that Entity Lockdown runs as (lockdown permissions prints the whole policy), check for an organization policy that denies it, then try again.`,
      transient: false,
    };
  }
  if (badCredentials.has(code) || /could not load credentials|token.*expired/i.test(said)) {
    return {
      ...where,
      code: 'no-credentials',
      message: `There are no valid AWS credentials: ${said}`,
      next: 'Sign in again (aws sso login, or new AWS_* variables), check with aws sts get-caller-identity, then try again.',
      transient: false,
    };
  }
  if (isUnreachable(error)) {
    return {
      ...where,
      code: 'unreachable',
      // Node.js gives no words where several addresses were tried.
      message: `${what}the endpoint could not be reached: ${said === '' ? String((error as { code?: unknown }).code) : said}`,
      next: 'Check the network, --endpoint-url, AWS_ENDPOINT_URL and the Region, then try again.',
      transient: false,
    };
  }
  return {
    ...where,
    code,
    message: `${what}${said}`,
    next: 'Try again; what is done stays done, and it goes on where it stopped.',
    transient: passing.has(code) || isUnanswered(error) || isServerError(error),
  };
}

/** Whether the server is at fault: also where a load balancer answers in its place, with no code of AWS. */
function isServerError(error: unknown): boolean {
  return ((error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode ?? 0) >= 500;
}

/** Thrown instead of starting a call that could end after the lease. */
export class DeadlineExceeded extends Error {
  constructor(what: string) {
    super(`no time left in the lease to start ${what}`);
    this.name = 'DeadlineExceeded';
  }
}
