import type { Call, Demand } from '../operation.ts';
import { awsError } from '../operation.ts';
import { invalidRequest, invalidValue, notFound } from './errors.ts';
import type { FunctionConfig, LambdaFunction } from './state.ts';
import { functionArn, lambdaState } from './state.ts';

/** A function, or one of its versions or aliases, as a request names it. */
export interface Named {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** `$LATEST`, a version, or an alias. */
  readonly qualifier?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestParameters */
const form =
  /^(?:arn:(?<partition>aws[a-z-]*):lambda:(?<region>[a-z0-9-]+):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9_-]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?$/;

/** Reads a name, a partial ARN or an ARN, with or without a qualifier, and the qualifier that a request gives beside it. */
export function readName(call: Call, text: string | undefined, qualifier?: string): Named {
  const parts = form.exec(text ?? '')?.groups;
  if (parts?.name === undefined) throw invalidRequest('functionName', text ?? 'null');
  if (parts.name.length > 64) throw invalidRequest('functionName', parts.name);
  if (parts.qualifier !== undefined && qualifier !== undefined && parts.qualifier !== qualifier)
    throw invalidValue('The derived qualifier from the function name does not match the specified qualifier.');
  const both = parts.qualifier ?? qualifier;
  return {
    account: parts.account ?? call.account,
    region: parts.region ?? call.region,
    name: parts.name,
    ...(both === undefined ? {} : { qualifier: both }),
  };
}

/** What an action demands on the function that is named, or on the version or alias. */
export function demandOn(call: Call, action: string, text: string | undefined, qualifier?: string): Demand {
  return { action: `lambda:${action}`, resource: namedArn(call, text, qualifier) };
}

function namedArn(call: Call, text: string | undefined, qualifier?: string): string {
  const named = readName(call, text, qualifier);
  return functionArn(call.partition, { ...named, world: call.world }, named.name, named.qualifier);
}

/** The function that is named, whatever its qualifier. */
export function findFunction(call: Call, named: Named): LambdaFunction {
  if (named.region !== call.region)
    throw notFound(`Functions from '${named.region}' are not reachable in this region ('${call.region}')`);
  // Functions of other accounts answer to their resource policies, which the sandbox does not model.
  if (named.account !== call.account)
    throw awsError(
      'AccessDeniedException',
      `User: ${call.caller.arn} is not authorized to access function ${named.name} of account ${named.account}`,
      403,
    );
  const found = lambdaState(call).functions.get(named.name);
  if (found === undefined)
    throw notFound(`Function not found: ${functionArn(call.partition, call, named.name, named.qualifier)}`);
  return found;
}

/** A function, named without a qualifier. */
export function findUnqualified(call: Call, text: string | undefined): LambdaFunction {
  const named = readName(call, text);
  if (named.qualifier !== undefined)
    throw invalidValue('This operation is for functions, not for versions and aliases. Name the function without a qualifier.');
  return findFunction(call, named);
}

/** The version that a qualifier means, and what it consists of. */
export function versionOf(
  call: Call,
  found: LambdaFunction,
  qualifier: string | undefined,
): { readonly version: string; readonly config: FunctionConfig } {
  if (qualifier === undefined || qualifier === '$LATEST') return { version: '$LATEST', config: found.config };
  const version = found.aliases.get(qualifier)?.version ?? qualifier;
  if (version === '$LATEST') return { version, config: found.config };
  const config = found.versions.get(version);
  if (config === undefined) throw notFound(`Function not found: ${functionArn(call.partition, call, found.name, qualifier)}`);
  return { version, config };
}
