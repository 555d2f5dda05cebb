import type {
  AliasConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  FunctionConfiguration,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  PublishVersionRequest,
} from '@aws-sdk/client-lambda';
import type { Call, Operations } from '../operation.ts';
import { conflict, invalidRequest, notFound } from './errors.ts';
import { printedFunction, refuseBusy } from './functions.ts';
import { demandOn, findUnqualified, versionOf } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { page } from './pages.ts';
import type { LambdaFunction } from './state.ts';
import { functionArn, lambdaState } from './state.ts';

/** Not a number alone, or it would be a version: https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html */
const aliasForm = /^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/;

function printedAlias(call: Call, found: LambdaFunction, name: string): AliasConfiguration {
  const alias = found.aliases.get(name);
  const arn = functionArn(call.partition, call, found.name, name);
  if (alias === undefined) throw notFound(`Cannot find alias arn: ${arn}`);
  return { AliasArn: arn, Name: name, FunctionVersion: alias.version, Description: alias.description };
}

export const versionOperations: Operations = {
  PublishVersion: lambdaOperation<PublishVersionRequest, FunctionConfiguration>('PublishVersion', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'PublishVersion', input.FunctionName)],
    run(call, input) {
      const found = findUnqualified(call, input.FunctionName);
      refuseBusy(call, found);
      // Lambda publishes no version that is the same as the last one.
      const last = found.versions.get(String(found.lastVersion));
      if (last !== undefined && JSON.stringify(last) === JSON.stringify(found.config))
        return printedFunction(call, found, String(found.lastVersion));
      found.lastVersion += 1;
      found.versions.set(String(found.lastVersion), { ...found.config });
      return printedFunction(call, found, String(found.lastVersion));
    },
  }),

  ListVersionsByFunction: lambdaOperation<ListVersionsByFunctionRequest, ListVersionsByFunctionResponse>(
    'ListVersionsByFunction',
    {
      mutates: false,
      demands: (call, input) => [demandOn(call, 'ListVersionsByFunction', input.FunctionName)],
      run(call, input) {
        const found = findUnqualified(call, input.FunctionName);
        const versions = ['$LATEST', ...[...found.versions.keys()]];
        const { items, next } = page(versions, (version) => version.padStart(20, '0'), input, lambdaState(call).options.pageSize);
        return { Versions: items.map((version) => printedFunction(call, found, version)), NextMarker: next };
      },
    },
  ),

  CreateAlias: lambdaOperation<CreateAliasRequest, AliasConfiguration>('CreateAlias', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'CreateAlias', input.FunctionName)],
    run(call, input) {
      const found = findUnqualified(call, input.FunctionName);
      const name = input.Name ?? '';
      if (!aliasForm.test(name)) throw invalidRequest('name', name);
      if (found.aliases.get(name) !== undefined)
        throw conflict(`Alias already exists: ${functionArn(call.partition, call, found.name, name)}`);
      const { version } = versionOf(call, found, input.FunctionVersion ?? '');
      found.aliases.set(name, { version, description: input.Description ?? '' });
      return printedAlias(call, found, name);
    },
  }),

  GetAlias: lambdaOperation<GetAliasRequest, AliasConfiguration>('GetAlias', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'GetAlias', input.FunctionName)],
    run: (call, input) => printedAlias(call, findUnqualified(call, input.FunctionName), input.Name ?? ''),
  }),

  DeleteAlias: lambdaOperation<DeleteAliasRequest, object>('DeleteAlias', {
    mutates: true,
    demands: (call, input) => [demandOn(call, 'DeleteAlias', input.FunctionName)],
    run(call, input) {
      const found = findUnqualified(call, input.FunctionName);
      found.aliases.delete(input.Name ?? '');
      found.provisioned.delete(input.Name ?? '');
      return {};
    },
  }),

  ListAliases: lambdaOperation<ListAliasesRequest, ListAliasesResponse>('ListAliases', {
    mutates: false,
    demands: (call, input) => [demandOn(call, 'ListAliases', input.FunctionName)],
    run(call, input) {
      const found = findUnqualified(call, input.FunctionName);
      const names = [...found.aliases.keys()].filter(
        (name) => input.FunctionVersion === undefined || found.aliases.get(name)?.version === input.FunctionVersion,
      );
      const { items, next } = page(names, (name) => name, input, lambdaState(call).options.pageSize);
      return { Aliases: items.map((name) => printedAlias(call, found, name)), NextMarker: next };
    },
  }),
};
