import { at, fieldsOf, listOf, textOf } from '../json.ts';
import { shownText } from '../text.ts';
import type { Finding, FoundEntity, Part } from './finding.ts';
import { isSample } from './guardduty.ts';
import { partOfMachine } from './part.ts';
import { placeOf } from './place.ts';
import { resourceEntity } from './resource.ts';
import { asffSeverity } from './severity.ts';

/** Where GuardDuty's own fields stand in ASFF. */
const guardDuty = 'aws/guardduty/service/';

/**
 * A finding in the AWS Security Finding Format; undefined where it is none.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
 */
export function asffFinding(value: unknown): Finding | undefined {
  const id = textOf(at(value, 'Id'));
  const account = textOf(at(value, 'AwsAccountId'));
  const productArn = textOf(at(value, 'ProductArn'));
  if (id === undefined || account === undefined || productArn === undefined || !Array.isArray(at(value, 'Resources')))
    return undefined;
  const types = typesOf(value);
  const region = textOf(at(value, 'Region')) ?? productArn.split(':')[3] ?? '';
  return {
    source: 'security-hub',
    product: shownText(
      textOf(at(value, 'ProductName')) ?? textOf(productField(value, 'aws/securityhub/ProductName')) ?? productArn,
      200,
    ),
    id: shownText(id, 600),
    types,
    title: shownText(textOf(at(value, 'Title')) ?? types[0] ?? '', 300),
    severity: asffSeverity(at(value, 'Severity', 'Label'), at(value, 'Severity', 'Normalized')),
    account: shownText(account, 100),
    region: shownText(region, 100),
    updatedAt: shownText(textOf(at(value, 'UpdatedAt')) ?? '', 100),
    state: stateOf(value),
    sample: isSampleOf(value),
    entities: listOf(at(value, 'Resources')).flatMap((resource) => entityOf(value, resource, types, account, region)),
  };
}

function productField(value: unknown, name: string): unknown {
  return at(value, 'ProductFields', name);
}

/**
 * The types, and what GuardDuty calls them itself, so that a rule need not know how a finding came: `TTPs/.../Backdoor:EC2-Spambot` is
 * `Backdoor:EC2/Spambot`. https://docs.aws.amazon.com/guardduty/latest/ug/securityhub-integration.html
 */
function typesOf(value: unknown): readonly string[] {
  const given = listOf(at(value, 'Types')).flatMap((type) => textOf(type) ?? []);
  const own = isGuardDuty(value) ? given.flatMap(ownType) : [];
  return [...new Set([...own, ...given].map((type) => shownText(type, 200)))];
}

function ownType(type: string): readonly string[] {
  const [, purpose, resource, rest] = /(?:^|\/)([A-Za-z]+):([A-Za-z0-9]+)[-/](.+)$/.exec(type) ?? [];
  return purpose === undefined ? [] : [`${purpose}:${resource}/${rest}`];
}

function isGuardDuty(value: unknown): boolean {
  const arn = at(value, 'ProductArn');
  return typeof arn === 'string' && arn.endsWith('::product/aws/guardduty');
}

function stateOf(value: unknown): Finding['state'] {
  const workflow = at(value, 'Workflow', 'Status');
  if (at(value, 'RecordState') === 'ARCHIVED' || productField(value, `${guardDuty}archived`) === 'true') return 'archived';
  if (workflow === 'SUPPRESSED') return 'suppressed';
  return workflow === 'RESOLVED' ? 'resolved' : 'active';
}

function isSampleOf(value: unknown): boolean {
  return (
    at(value, 'Sample') === true ||
    productField(value, `${guardDuty}additionalInfo/sample`) === 'true' ||
    isSample({ value: productField(value, `${guardDuty}additionalInfo/value`) })
  );
}

function entityOf(
  finding: unknown,
  resource: unknown,
  types: readonly string[],
  account: string,
  region: string,
): readonly FoundEntity[] {
  const type = textOf(at(resource, 'Type'));
  const id = textOf(at(resource, 'Id'));
  if (type === undefined || id === undefined) return [];
  const place = placeOf(at(resource, 'Partition') ?? undefined, textOf(at(resource, 'Region')) ?? region, account);
  const key = at(resource, 'Details', 'AwsIamAccessKey');
  if (fieldsOf(key) === undefined && !isKey(type))
    return [resourceEntity({ type, id, place, part: partOf(finding, resource, types) })];
  const issuer = at(key, 'SessionContext', 'SessionIssuer');
  const part = keyPart(finding, resource);
  // The role in full, path and all, where the finding has it.
  const role = textOf(at(issuer, 'Arn'));
  if (at(issuer, 'Type') === 'Role' && role !== undefined) return [resourceEntity({ type: 'AwsIamRole', id: role, place, part })];
  const principal = {
    userType: at(key, 'PrincipalType'),
    name: at(key, 'PrincipalName') ?? at(key, 'UserName'),
    principalId: at(key, 'PrincipalId'),
    keyId: at(key, 'AccessKeyId') ?? id.slice(id.lastIndexOf(':') + 1),
  };
  return [
    resourceEntity({
      type: 'AwsIamAccessKey',
      id,
      place: placeOf(place?.partition, place?.region, at(key, 'AccountId') ?? account),
      part,
      principal,
    }),
  ];
}

function isKey(type: string): boolean {
  return type === 'AwsIamAccessKey' || type === 'AWS::IAM::AccessKey';
}

/** GuardDuty's keys are those of who acted; of others, the finding must say so. */
function keyPart(finding: unknown, resource: unknown): Part {
  if (isGuardDuty(finding)) return 'actor';
  return saidPart(resource) ?? 'unknown';
}

function saidPart(resource: unknown): Part | undefined {
  const role = at(resource, 'ResourceRole');
  if (typeof role !== 'string') return undefined;
  return role.toUpperCase() === 'ACTOR' ? 'actor' : role.toUpperCase() === 'TARGET' ? 'target' : undefined;
}

function partOf(finding: unknown, resource: unknown, types: readonly string[]): Part {
  const said = saidPart(resource);
  if (!isGuardDuty(finding)) return said ?? 'unknown';
  // The role in GuardDuty's own fields is that of its resource: in a finding about credentials it says nothing of the instance beside them.
  const isAboutKey = listOf(at(finding, 'Resources')).some((each) => isKey(textOf(at(each, 'Type')) ?? ''));
  if (isAboutKey) return said === 'actor' ? 'unknown' : (said ?? 'unknown');
  return partOfMachine({
    role: said ?? productField(finding, `${guardDuty}resourceRole`),
    action: at(finding, 'Action', 'ActionType') ?? productField(finding, `${guardDuty}action/actionType`),
    direction:
      at(finding, 'Action', 'NetworkConnectionAction', 'ConnectionDirection') ??
      productField(finding, `${guardDuty}action/networkConnectionAction/connectionDirection`),
    types,
  });
}
