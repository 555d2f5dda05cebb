import { at, listOf, textOf } from '../json.ts';
import { shownText } from '../text.ts';
import type { Finding, FoundEntity, Part } from './finding.ts';
import { placeOf } from './place.ts';
import { resourceEntity } from './resource.ts';
import { ocsfSeverity } from './severity.ts';

/**
 * A finding in the Open Cybersecurity Schema Framework, as Security Hub has it; undefined where it is none.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html
 */
export function ocsfFinding(value: unknown): Finding | undefined {
  const info = at(value, 'finding_info');
  const id = textOf(at(info, 'uid')) ?? textOf(at(value, 'metadata', 'uid'));
  const product = at(value, 'metadata', 'product');
  const name = textOf(at(product, 'name')) ?? textOf(at(product, 'uid'));
  if (id === undefined || name === undefined || !Array.isArray(at(value, 'resources'))) return undefined;
  const first = listOf(at(value, 'resources'))[0];
  const account = textOf(at(value, 'cloud', 'account', 'uid')) ?? accountOf(first) ?? '';
  const region = textOf(at(value, 'cloud', 'region')) ?? textOf(at(first, 'region')) ?? '';
  const types = listOf(at(info, 'types')).flatMap((type) => textOf(type) ?? []);
  const shownTypes = [...new Set(types.map((type) => shownText(type, 200)))];
  return {
    source: 'security-hub-v2',
    product: shownText(name, 200),
    id: shownText(id, 600),
    types: shownTypes,
    title: shownText(textOf(at(info, 'title')) ?? types[0] ?? '', 300),
    severity: ocsfSeverity(at(value, 'severity_id')),
    account: shownText(account, 100),
    region: shownText(region, 100),
    updatedAt: updatedAt(value),
    state: stateOf(value),
    sample: isSampleOf(value),
    entities: listOf(at(value, 'resources')).flatMap((resource) => entityOf(value, resource, account, region, shownTypes)),
  };
}

/** Some findings have the time as text, all have it in milliseconds. */
function updatedAt(value: unknown): string {
  const text = textOf(at(value, 'finding_info', 'modified_time_dt')) ?? textOf(at(value, 'time_dt'));
  if (text !== undefined) return shownText(text, 100);
  const time = at(value, 'finding_info', 'modified_time') ?? at(value, 'time');
  const isTime = typeof time === 'number' && Number.isFinite(time) && Math.abs(time) < 8.64e15;
  return isTime ? new Date(time).toISOString() : '';
}

/** https://schema.ocsf.io/classes/detection_finding: status_id 3 is suppressed, 4 resolved, 5 archived; activity_id 3 is closed. */
function stateOf(value: unknown): Finding['state'] {
  const id = at(value, 'status_id');
  const word = textOf(at(value, 'status'))?.toLowerCase();
  if (id === 5 || word === 'archived' || word === 'deleted') return 'archived';
  if (id === 3 || word === 'suppressed') return 'suppressed';
  return id === 4 || word === 'resolved' || at(value, 'activity_id') === 3 ? 'resolved' : 'active';
}

function isSampleOf(value: unknown): boolean {
  const title = textOf(at(value, 'finding_info', 'title')) ?? '';
  return title.toUpperCase().startsWith('[SAMPLE]') || listOf(at(value, 'metadata', 'labels')).includes('sample');
}

function accountOf(resource: unknown): string | undefined {
  return textOf(at(resource, 'owner', 'account', 'uid')) ?? textOf(at(resource, 'account', 'uid'));
}

function entityOf(
  value: unknown,
  resource: unknown,
  account: string,
  region: string,
  types: readonly string[],
): readonly FoundEntity[] {
  const type = textOf(at(resource, 'type'));
  const id = textOf(at(resource, 'uid'));
  if (type === undefined || id === undefined) return [];
  const place = placeOf(
    at(resource, 'cloud_partition') ?? at(value, 'cloud', 'cloud_partition') ?? undefined,
    textOf(at(resource, 'region')) ?? region,
    accountOf(resource) ?? account,
  );
  const user = at(resource, 'user') ?? at(resource, 'owner');
  const principal = {
    userType: ofCloudTrail(at(user, 'type')),
    name: at(user, 'name'),
    principalId: at(user, 'uid'),
    keyId: id,
  };
  return [resourceEntity({ type, id, place, part: partOf(value, resource, type, types), principal })];
}

/** OCSF has types of users of its own, such as `User` and `Admin`, which say nothing here. */
function ofCloudTrail(type: unknown): unknown {
  return typeof type === 'string' && /^(IAMUser|AssumedRole|Root|FederatedUser)$/.test(type) ? type : undefined;
}

/**
 * Of GuardDuty's findings, a key is that of who acted. Otherwise the resource says its role (https://schema.ocsf.io/objects/resource_details:
 * 1 target, 2 actor), or its type says that it was seen at run time.
 */
function partOf(value: unknown, resource: unknown, type: string, types: readonly string[]): Part {
  const isGuardDuty = at(value, 'metadata', 'product', 'name') === 'GuardDuty';
  if (isGuardDuty && /iam(::)?accesskey$/i.test(type)) return 'actor';
  const role = at(resource, 'role_id');
  if (role === 2) return 'actor';
  if (role === 1) return 'target';
  return isGuardDuty && types.some((each) => each.includes(':Runtime/')) ? 'actor' : 'unknown';
}
