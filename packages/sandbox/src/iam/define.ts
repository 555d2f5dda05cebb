import type { Call, Demand, Operation } from '../operation.ts';

/** What an operation of IAM is done to, as its policies see it. */
export interface Resource {
  readonly arn: string;
  readonly tags?: ReadonlyMap<string, string> | undefined;
  /** Condition keys beside those of its tags. */
  readonly context?: { readonly [key: string]: string | readonly string[] };
  /** The action, where it is not the operation's own. */
  readonly action?: string;
}

type Resources<I> = (call: Call, input: I) => Resource | readonly Resource[];
type Run<I, O> = (call: Call, input: I) => O;

/** An operation that only reads. Every operation of IAM demands the action of its own name. */
export function reads<I, O extends object>(name: string, resources: Resources<I>, run: Run<I, O>): Operation<I, O> {
  return define(name, false, resources, run);
}

/** An operation that changes something. */
export function writes<I, O extends object>(name: string, resources: Resources<I>, run: Run<I, O>): Operation<I, O> {
  return define(name, true, resources, run);
}

/** For operations without a resource type: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export function anything(): Resource {
  return { arn: '*' };
}

function define<I, O extends object>(name: string, mutates: boolean, resources: Resources<I>, run: Run<I, O>): Operation<I, O> {
  return {
    page: `https://docs.aws.amazon.com/IAM/latest/APIReference/API_${name}.html`,
    mutates,
    demands(call, input) {
      const found = resources(call, input);
      return (Array.isArray(found) ? (found as readonly Resource[]) : [found as Resource]).map((each) => demandOf(name, each));
    },
    run,
  };
}

function demandOf(name: string, { arn, tags, context, action }: Resource): Demand {
  const all: { [key: string]: string | readonly string[] } = { ...context };
  for (const [key, value] of tags ?? []) {
    all[`aws:ResourceTag/${key}`] = value;
    all[`iam:ResourceTag/${key}`] = value;
  }
  return { action: action ?? `iam:${name}`, resource: arn, context: all };
}
