import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import type { Operation } from '../operation.ts';
import { awsError } from '../operation.ts';
import { conflict } from './errors.ts';
import { demandOn, findFunction, readName, versionOf } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { roleWithArn } from './roles.ts';
import { functionSession } from './session.ts';
import { underWay } from './state.ts';

/**
 * Runs a function, which answers with who it was. An asynchronous invocation is taken on even while the function is throttled: it
 * waits in Lambda's queue. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const invoke: Operation<InvocationRequest, InvocationResponse> = lambdaOperation('Invoke', {
  mutates: false,
  demands: (call, input) => [demandOn(call, 'InvokeFunction', input.FunctionName, input.Qualifier)],
  run(call, input) {
    const named = readName(call, input.FunctionName, input.Qualifier);
    const found = findFunction(call, named);
    const { version, config } = versionOf(call, found, named.qualifier);
    if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
    if (underWay(found.changing, call.now) === 'Pending')
      throw conflict('The operation cannot be performed at this time. The function is currently in the following state: Pending');
    if (input.InvocationType === 'Event') return { StatusCode: 202 };
    // Reason: ReservedFunctionConcurrentInvocationLimitExceeded.
    if (found.reserved === 0) throw awsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    if (roleWithArn(call, config.role) === undefined)
      throw awsError('AccessDeniedException', 'The role defined for the function cannot be assumed by Lambda.', 403);
    const session = functionSession(call, found.name);
    const answer = { function: session?.context['lambda:SourceFunctionArn'], version, role: config.role };
    return { StatusCode: 200, ExecutedVersion: version, Payload: Uint8ArrayBlobAdapter.fromString(JSON.stringify(answer)) };
  },
});
