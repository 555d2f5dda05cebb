import type { ServiceSession } from '../ec2/session.ts';
import type { Place } from './state.ts';
import { functionArn, lambdaState } from './state.ts';

/**
 * The session in which a function runs, or undefined where there is no such function. It carries the function's ARN, always
 * without a qualifier: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function functionSession(place: Place, name: string): ServiceSession | undefined {
  const found = lambdaState(place).functions.get(name);
  if (found === undefined) return undefined;
  return {
    roleArn: found.config.role,
    sessionName: name,
    context: { 'lambda:SourceFunctionArn': functionArn(place.world.partitionOf(place.account), place, name) },
  };
}
