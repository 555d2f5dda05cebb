import type { Call, Demand, Operation } from '../operation.ts';
import { awsError } from '../operation.ts';

interface Parts<I, O> {
  readonly mutates: boolean;
  demands(call: Call, input: I): readonly Demand[];
  run(call: Call, input: I): O;
}

/**
 * An operation of EC2. A dry run ends after the permissions were looked at, whatever the input:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
 */
export function ec2Operation<I extends object, O>(name: string, parts: Parts<I, O>): Operation<I, O> {
  return {
    page: `https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_${name}.html`,
    mutates: parts.mutates,
    demands: parts.demands,
    run(call, input) {
      if ('DryRun' in input && input.DryRun === true)
        throw awsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
      return parts.run(call, input);
    },
  };
}

/** A read that can't be limited to a resource. */
export function ec2Read<I extends object, O>(name: string, run: (call: Call, input: I) => O): Operation<I, O> {
  return ec2Operation(name, {
    mutates: false,
    demands: (call) => [{ action: `ec2:${name}`, resource: '*', context: { 'ec2:Region': call.region } }],
    run,
  });
}
