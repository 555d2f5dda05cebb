import type { World } from './world.ts';

/** Who calls: the principal behind the credentials that signed the request. */
export interface Caller {
  /** `arn:aws:iam::111122223333:user/alice`, `arn:aws:sts::111122223333:assumed-role/app/session`, or the account's root. */
  readonly arn: string;
  readonly account: string;
  /** `AIDA...`, or `AROA...:session`. */
  readonly userId: string;
}

/** One call of an AWS operation, as the service sees it. */
export interface Call {
  readonly world: World;
  /** The service as IAM names it: `iam`, `ec2`, `lambda`, `sts`, `s3`, `sns`. */
  readonly service: string;
  readonly operation: string;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A new id, the same for the same seed: `call.id('AIDA')` gives 21 characters, `call.id('eni-')` a hexadecimal one. */
  id(prefix: string): string;
}

/** What must be allowed for an operation to run. */
export interface Demand {
  /** `iam:PutUserPolicy` */
  readonly action: string;
  /** The ARN of the resource, or `*`. */
  readonly resource: string;
  /** Condition keys of this request and resource, beside the global ones. */
  readonly context?: { readonly [key: string]: string | readonly string[] };
}

/** One operation of the sandbox: what it demands of its caller, and what it does. */
export interface Operation<I, O> {
  /** The page of AWS's documentation that it follows. */
  readonly page: string;
  readonly mutates: boolean;
  /** The permissions it asks for. None for operations that everybody may call, such as GetCallerIdentity. */
  demands(call: Call, input: I): readonly Demand[];
  /** Runs it on the world, at once and whole. Throws `awsError(...)`. The answer is copied before anybody sees it. */
  run(call: Call, input: I): O;
}

// biome-ignore lint/suspicious/noExplicitAny: the table holds operations of every input
export type Operations = { readonly [operation: string]: Operation<any, object> };

/** An error as AWS answers it. The code as the service sends it: `NoSuchEntity`, `InvalidGroup.Duplicate`. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function awsError(code: string, message: string, status = 400): AwsError {
  return new AwsError(code, message, status);
}
