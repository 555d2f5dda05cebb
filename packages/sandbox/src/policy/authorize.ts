import type { Identity } from '../identity.ts';
import type { AwsError, Demand } from '../operation.ts';
import type { World } from '../world.ts';

/** Whether the caller may do what an operation demands: the error to answer, or undefined. */
export function authorize(
  _world: World,
  _identity: Identity,
  _service: string,
  _demands: readonly Demand[],
  _facts: object,
): AwsError | undefined {
  return undefined;
}
