import { type AwsError, awsError } from './operation.ts';

/** A call on its way, as hooks see it. */
export interface CallInFlight {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly mutates: boolean;
  readonly input: object;
  readonly accessKeyId: string;
  /** The caller's ARN as far as it is known: empty for credentials that would be refused. */
  readonly caller: string;
}

/** Hooks around every call. All are optional; several interceptors run in the order in which they were added. */
export interface Interceptor {
  /** Awaited first: a scheduler decides here when the call takes effect, or lets virtual time pass. */
  gate?(call: CallInFlight): Promise<void> | undefined;
  /** An error to answer in place of running the operation. */
  before?(call: CallInFlight): Error | undefined;
  /** An error to answer although the operation ran. Not asked where it failed. */
  after?(call: CallInFlight): Error | undefined;
}

/** Errors as AWS, or the network, answers them when something is wrong. */
export const faults: {
  throttled(code?: string): AwsError;
  internal(): AwsError;
  denied(message?: string): AwsError;
  timeout(): Error;
  connectionReset(): Error;
  connectionRefused(): Error;
} = {
  /** Retried by the SDK. Services differ in the code: `Throttling` (IAM), `RequestLimitExceeded` (EC2), `TooManyRequestsException` (Lambda). */
  throttled: (code = 'Throttling') => awsError(code, 'Rate exceeded', code === 'RequestLimitExceeded' ? 503 : 400),
  internal: () => awsError('ServiceFailure', 'The request processing has failed because of an unknown error.', 500),
  denied: (message = 'Access denied by a fault of the test') => awsError('AccessDenied', message, 403),
  timeout: () => network('TimeoutError', 'ETIMEDOUT', 'Connection timed out'),
  connectionReset: () => network('Error', 'ECONNRESET', 'socket hang up'),
  connectionRefused: () => network('Error', 'ECONNREFUSED', 'connect ECONNREFUSED'),
};

function network(name: string, code: string, message: string): Error {
  return Object.assign(new Error(message), { name, code });
}
