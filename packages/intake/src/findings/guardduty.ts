import { at as exactlyAt, fieldsOf, listOf, parsed, textOf } from '../json.ts';
import { shownText } from '../text.ts';
import type { Finding, FoundEntity, Part } from './finding.ts';
import { partOfMachine } from './part.ts';
import { type Place, placeOf } from './place.ts';
import { type Principal, principalEntity } from './principal.ts';
import { resourceEntity } from './resource.ts';
import { guardDutySeverity } from './severity.ts';

/**
 * A finding of GuardDuty, as EventBridge has it (`accountId`) or as the API and the command line do (`AccountId`); undefined where it is
 * none. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
 */
export function guardDutyFinding(value: unknown): Finding | undefined {
  const id = textOf(at(value, 'id'));
  const type = textOf(at(value, 'type'));
  const account = textOf(at(value, 'accountId'));
  if (id === undefined || type === undefined || account === undefined || fieldsOf(at(value, 'resource')) === undefined)
    return undefined;
  const region = textOf(at(value, 'region')) ?? '';
  const types = [shownText(type, 200)];
  return {
    source: 'guardduty',
    product: 'GuardDuty',
    id: shownText(id, 600),
    types,
    title: shownText(textOf(at(value, 'title')) ?? type, 300),
    severity: guardDutySeverity(at(value, 'severity')),
    account: shownText(account, 100),
    region: shownText(region, 100),
    updatedAt: shownText(textOf(at(value, 'updatedAt')) ?? '', 100),
    state: at(value, 'service', 'archived') === true ? 'archived' : 'active',
    sample: isSample(at(value, 'service', 'additionalInfo')),
    entities: entitiesOf(value, types, placeOf(at(value, 'partition') ?? undefined, region, account)),
  };
}

/** What stands at a path, in either spelling of each name. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = exactlyAt(found, name) ?? exactlyAt(found, `${name.charAt(0).toUpperCase()}${name.slice(1)}`);
  return found;
}

/** Samples say so in `additionalInfo`, which newer findings have as a JSON text in its `value`. */
export function isSample(additional: unknown): boolean {
  const inText = at(additional, 'value');
  return at(additional, 'sample') === true || (typeof inText === 'string' && at(parsed(inText), 'sample') === true);
}

function entitiesOf(finding: unknown, types: readonly string[], place: Place | undefined): readonly FoundEntity[] {
  const resource = at(finding, 'resource');
  const resourceType = textOf(at(resource, 'resourceType')) ?? '';
  const service = at(finding, 'service');
  const happened = {
    role: at(service, 'resourceRole'),
    action: at(service, 'action', 'actionType'),
    direction: at(service, 'action', 'networkConnectionAction', 'connectionDirection'),
    types,
  };
  const machine = partOfMachine(happened);
  const sequence = at(service, 'detection', 'sequence');
  return [
    ...keyOf(finding, resourceType, types, place),
    ...instanceOf(resource, resourceType === 'Instance' ? machine : beside(machine), place),
    ...functionOf(resource, machine, place),
    ...othersOf(resource, resourceType),
    ...listOf(at(sequence, 'actors')).flatMap((actor) => actorOf(actor, place)),
    ...listOf(at(sequence, 'resources')).flatMap((each) => sequenceResource(each, place)),
  ];
}

/** An instance in a finding about something else, such as the role whose credentials were taken from it, is not who acts. */
function beside(part: Part): Part {
  return part === 'target' ? 'target' : 'unknown';
}

/**
 * Whose credentials were used. Their resource role is always TARGET, although the details are those "of the user engaged in the
 * activity": https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-summary.html
 */
function keyOf(
  finding: unknown,
  resourceType: string,
  types: readonly string[],
  place: Place | undefined,
): readonly FoundEntity[] {
  const details = at(finding, 'resource', 'accessKeyDetails');
  const principal: Principal = {
    userType: at(details, 'userType'),
    name: at(details, 'userName'),
    principalId: at(details, 'principalId'),
    keyId: at(details, 'accessKeyId'),
  };
  if (!Object.values(principal).some((value) => textOf(value) !== undefined)) return [];
  const action = at(finding, 'service', 'action');
  const acted = resourceType === 'AccessKey' || at(action, 'actionType') === 'AWS_API_CALL';
  const part = acted ? 'actor' : 'unknown';
  const caller = textOf(at(action, 'awsApiCallAction', 'remoteAccountDetails', 'accountId'));
  // A name in another account is another's name here. Credentials of an instance that are used elsewhere are the exception: they are ours.
  const isOurs =
    caller === undefined || caller === place?.account || types.some((type) => type.includes('InstanceCredentialExfiltration'));
  return [
    isOurs ? principalEntity(principal, place, part) : principalEntity({ ...principal, userType: 'AWSAccount' }, place, part),
  ];
}

function instanceOf(resource: unknown, part: Part, place: Place | undefined): readonly FoundEntity[] {
  const id = textOf(at(resource, 'instanceDetails', 'instanceId'));
  return id === undefined ? [] : [resourceEntity({ type: 'Instance', id, part, place })];
}

function functionOf(resource: unknown, part: Part, place: Place | undefined): readonly FoundEntity[] {
  const details = at(resource, 'lambdaDetails');
  const id = textOf(at(details, 'functionArn')) ?? textOf(at(details, 'functionName'));
  return id === undefined ? [] : [resourceEntity({ type: 'Lambda', id, part, place })];
}

const contained = ['accessKeyDetails', 'instanceDetails', 'lambdaDetails'];
const idNames = ['arn', 'dbInstanceArn', 'clusterArn', 'name', 'dbInstanceIdentifier', 'id', 'uid', 'user'];

/** Whatever else a resource has details of. */
function othersOf(resource: unknown, resourceType: string): readonly FoundEntity[] {
  return Object.entries(fieldsOf(resource) ?? {}).flatMap(([key, details]) => {
    const name = `${key.charAt(0).toLowerCase()}${key.slice(1)}`;
    if (!name.endsWith('Details') || contained.includes(name)) return [];
    const items = Array.isArray(details) ? details : [details];
    const ids = items.flatMap(
      (item: unknown) => idNames.map((each) => textOf(at(item, each))).find((id) => id !== undefined) ?? [],
    );
    const type = resourceType === '' ? 'unknown' : resourceType;
    return ids.map((id) => resourceEntity({ type, id, part: 'unknown', place: undefined }));
  });
}

/** https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Actor.html: who an attack sequence is about */
function actorOf(actor: unknown, place: Place | undefined): readonly FoundEntity[] {
  const user = at(actor, 'user');
  if (fieldsOf(user) === undefined) return [];
  const account = textOf(at(user, 'account', 'uid')) ?? place?.account;
  const principal = {
    userType: at(user, 'type'),
    name: at(user, 'name'),
    principalId: at(user, 'uid'),
    keyId: at(user, 'credentialUid'),
  };
  return [principalEntity(principal, placeOf(place?.partition, place?.region, account), 'actor')];
}

/** https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ResourceV2.html; the keys among them are those of the actors. */
function sequenceResource(resource: unknown, place: Place | undefined): readonly FoundEntity[] {
  const type = textOf(at(resource, 'resourceType'));
  const id = textOf(at(resource, 'uid'));
  if (type === undefined || id === undefined || type === 'ACCESS_KEY') return [];
  const there = placeOf(
    at(resource, 'cloudPartition') ?? place?.partition,
    at(resource, 'region') ?? place?.region,
    at(resource, 'accountId') ?? place?.account,
  );
  return [resourceEntity({ type, id, part: 'unknown', place: there })];
}
