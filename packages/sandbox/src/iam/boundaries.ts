import type { Operations } from '../operation.ts';
import { writes } from './define.ts';
import type { Kind } from './entities.ts';
import { requirePolicy } from './policy-lookup.ts';
import type { Principal } from './state.ts';

interface WithBoundary {
  readonly PermissionsBoundary?: string;
  readonly [member: string]: unknown;
}

/** The permissions boundary of a user or role. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html */
export function boundaryOperations<P extends Principal>(kind: Kind<P>): Operations {
  const { word } = kind;
  return {
    [`Put${word}PermissionsBoundary`]: writes<WithBoundary, object>(
      `Put${word}PermissionsBoundary`,
      (call, input) => ({
        ...kind.resource(call, input),
        context: { 'iam:PermissionsBoundary': input.PermissionsBoundary ?? '' },
      }),
      (call, input) => {
        const holder = kind.change(call, input);
        holder.boundary = requirePolicy(call, input.PermissionsBoundary ?? '').arn;
        return {};
      },
    ),
    [`Delete${word}PermissionsBoundary`]: writes<WithBoundary, object>(
      `Delete${word}PermissionsBoundary`,
      kind.resource,
      (call, input) => {
        delete kind.change(call, input).boundary;
        return {};
      },
    ),
  };
}
