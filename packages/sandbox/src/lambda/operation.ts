import type { Call, Demand, Operation } from '../operation.ts';

interface Parts<I, O> {
  readonly mutates: boolean;
  demands(call: Call, input: I): readonly Demand[];
  run(call: Call, input: I): O;
}

export function lambdaOperation<I, O>(name: string, parts: Parts<I, O>): Operation<I, O> {
  return { page: `https://docs.aws.amazon.com/lambda/latest/api/API_${name}.html`, ...parts };
}
