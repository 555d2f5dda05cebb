/** A call that reached the sandbox, with what came of it. A call that the SDK retries is recorded once for each attempt. */
export interface RecordedCall {
  /** From 1, in the order in which the calls took effect. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `iam`, `ec2`, ... */
  readonly service: string;
  readonly operation: string;
  /** The IAM actions that it demanded, whether they were allowed or not. */
  readonly actions: readonly string[];
  /** The resources of those actions, in the same order. */
  readonly resources: readonly string[];
  /** The caller's account; empty where the credentials were refused. */
  readonly account: string;
  readonly region: string;
  /** The caller's ARN; empty where the credentials were refused. */
  readonly caller: string;
  /** Whether the operation changes anything. */
  readonly mutates: boolean;
  /** Whether it ran to its end, so that its effect stands: also where the answer was then lost. */
  readonly ran: boolean;
  /** The code or name of the error that the caller was answered, where it was. */
  readonly error?: string;
}
