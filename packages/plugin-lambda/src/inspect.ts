import {
  type EventSourceMappingConfiguration,
  type FunctionConfiguration,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListAliases,
  paginateListEventSourceMappings,
  paginateListProvisionedConcurrencyConfigs,
  paginateListVersionsByFunction,
} from '@aws-sdk/client-lambda';
import { knownPrincipals, principalOn, readPrincipal, uneditable } from '@entity-lockdown/iam-deny';
import {
  arnOf,
  awsErrorCode,
  type Context,
  type Entity,
  formatArn,
  isAccessDenied,
  type Known,
  type Observed,
} from '@entity-lockdown/plugin-api';
import { mappingId } from './settings/event-source-mapping.ts';
import type { Configuration, EventSourceMapping, FunctionState } from './state.ts';

/**
 * Looks at a function and at all that starts it, in two round trips (but for further pages): what the ARN and the ledger name first,
 * then the execution roles and the mappings of the aliases, which are only then known.
 */
export async function inspect(ctx: Context, entity: Entity, known: Known): Promise<Observed<FunctionState>> {
  const lambda = ctx.client(LambdaClient);
  const FunctionName = entity.name;
  const remembered = knownPrincipals(known.targets);
  const read = async (arn: string) => [principalOn(arn), await readPrincipal(ctx, arn, known.targets)] as const;

  const [configuration, concurrency, provisioned, unqualified, aliases, versions, knownMappings, knownRoles] = await Promise.all([
    unlessMissing(lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))),
    unlessMissing(lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))),
    unlessMissing(provisionedConcurrencyOf(lambda, FunctionName)),
    unlessMissing(mappingsTo(lambda, FunctionName)),
    unlessMissing(aliasesOf(lambda, FunctionName)),
    unlessMissing(rolesOfVersions(lambda, FunctionName)),
    Promise.all(knownMappingIds(known).map((UUID) => unlessMissing(lambda.send(new GetEventSourceMappingCommand({ UUID }))))),
    Promise.all(remembered.map(read)),
  ]);
  const roles = [...new Set([...(configuration?.Role === undefined ? [] : [configuration.Role]), ...(versions ?? [])])];
  const unseen = new Map(roles.filter((role) => canBeRead(role, entity)).map((role) => [principalOn(role), role]));
  for (const on of remembered) unseen.delete(on);
  const [ownRoles, qualified] = await Promise.all([
    Promise.all([...unseen.values()].map(read)),
    // The listing by a function's bare name is not documented to include the mappings of its aliases.
    Promise.all((aliases ?? []).map((alias) => unlessMissing(mappingsTo(lambda, `${FunctionName}:${alias}`)))),
  ]);

  const mappings = [...(unqualified ?? []), ...qualified.flatMap((found) => found ?? []), ...knownMappings];
  const state: FunctionState = {
    arn: entity.arn,
    name: entity.name,
    configuration: configuration === undefined ? null : relevant(configuration),
    reserved: concurrency?.ReservedConcurrentExecutions ?? null,
    provisioned: provisioned ?? {},
    mappings: Object.fromEntries(mappings.flatMap((mapping) => (mapping === undefined ? [] : [entry(mapping, entity)]))),
    versionRoles: roles.filter((role) => role !== configuration?.Role),
    ...(configuration !== undefined && versions === undefined && { versionsUnread: true }),
    roles: Object.fromEntries([...knownRoles, ...ownRoles]),
    ...(configuration !== undefined && aliases === undefined && { aliasesUnread: true }),
  };
  const markedBy = Object.values(state.roles).find((role) => role.markedBy !== undefined)?.markedBy;
  return {
    exists: configuration !== undefined,
    // Lambda has no id that is never used again: a function made anew under its name can't be told from the one before.
    id: entity.arn,
    state,
    ...(markedBy !== undefined && { markedBy }),
    ...(configuration === undefined && {
      missing: `There is no function ${entity.name} in ${entity.region} of account ${entity.account}. Was it deleted, or is it in another Region?`,
    }),
  };
}

/** Only this: the configuration that Lambda answers has the environment variables in it, which are secrets. */
function relevant(configuration: FunctionConfiguration): Configuration {
  return {
    role: configuration.Role ?? '',
    state: configuration.State ?? 'Active',
    ...(configuration.LastUpdateStatus === 'InProgress' && { updating: true }),
    ...(configuration.CapacityProviderConfig !== undefined && { managedInstances: true }),
    ...(configuration.DurableConfig !== undefined && { durable: true }),
  };
}

/** A role of another account, or one that nobody may edit, need not be looked at: it can't be denied. */
function canBeRead(role: string, entity: Entity): boolean {
  return arnOf(role).account === entity.account && uneditable(role) === undefined;
}

async function provisionedConcurrencyOf(
  client: LambdaClient,
  FunctionName: string,
): Promise<{ readonly [qualifier: string]: number }> {
  const found: { [qualifier: string]: number } = {};
  for await (const page of paginateListProvisionedConcurrencyConfigs({ client }, { FunctionName }))
    for (const config of page.ProvisionedConcurrencyConfigs ?? []) {
      const qualifier = config.FunctionArn?.split(':')[7];
      if (qualifier !== undefined) found[qualifier] = config.RequestedProvisionedConcurrentExecutions ?? 0;
    }
  return found;
}

async function mappingsTo(client: LambdaClient, FunctionName: string): Promise<readonly EventSourceMappingConfiguration[]> {
  const found: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client }, { FunctionName }))
    found.push(...(page.EventSourceMappings ?? []));
  return found;
}

/** Undefined where they may not be listed: mappings of aliases are then not found, which is a warning and no failure. */
async function aliasesOf(client: LambdaClient, FunctionName: string): Promise<readonly string[] | undefined> {
  const found: string[] = [];
  try {
    for await (const page of paginateListAliases({ client }, { FunctionName }))
      found.push(...(page.Aliases ?? []).flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
  return found;
}

/**
 * The execution roles of all versions, `$LATEST` among them: a version that is published keeps the one it was published with.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
 * Undefined where they may not be listed: a version's own role is then not found, which is a gap and no failure.
 */
async function rolesOfVersions(client: LambdaClient, FunctionName: string): Promise<readonly string[] | undefined> {
  const found = new Set<string>();
  try {
    for await (const page of paginateListVersionsByFunction({ client }, { FunctionName }))
      for (const { Role } of page.Versions ?? []) if (Role !== undefined) found.add(Role);
  } catch (error) {
    if (isAccessDenied(error)) return undefined;
    throw error;
  }
  return [...found];
}

function knownMappingIds(known: Known): readonly string[] {
  return known.targets.filter(({ setting }) => setting === 'lambda.event-source-mapping.enabled').map(({ on }) => mappingId(on));
}

function entry(mapping: EventSourceMappingConfiguration, entity: Entity): readonly [string, EventSourceMapping] {
  const arn = formatArn({ ...arnOf(entity.arn), resource: `event-source-mapping:${mapping.UUID ?? ''}` });
  const startsUs = mapping.FunctionArn === entity.arn || mapping.FunctionArn?.startsWith(`${entity.arn}:`) === true;
  return [arn, { state: mapping.State ?? '', ours: startsUs }];
}

/** What was asked for, or undefined where there is no such function or mapping. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (awsErrorCode(error) === 'ResourceNotFound') return undefined;
    throw error;
  }
}
