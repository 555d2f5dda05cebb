import { unreadGaps } from '@entity-lockdown/iam-deny';
import { arnOf, type Entity, iamName, type Warning } from '@entity-lockdown/plugin-api';
import { type ExecutionRole, executionRoles } from './execution-roles.ts';
import type { FunctionOptions } from './options.ts';
import type { FunctionState } from './state.ts';

/** What containing a function does not stop. */
export function warnings(now: FunctionState, _entity: Entity, { scope }: FunctionOptions): readonly Warning[] {
  if (now.configuration === null) return [];
  return [
    ...aboutTheRoles(now, scope),
    ...aboutFormerRoles(now),
    ...Object.values(now.roles).flatMap((role) => unreadGaps(role)),
    ...aboutTheFunction(now),
    ...always,
  ];
}

function aboutTheRoles(now: FunctionState, scope: FunctionOptions['scope']): readonly Warning[] {
  const roles = executionRoles(now);
  return [
    ...roles.flatMap((role) => notDenied(role)),
    ...aboutTheDenied(
      roles.flatMap((role) => ('deniable' in role ? [role.deniable.name] : [])),
      scope,
    ),
  ];
}

/** Why nothing is denied to a role of the function; nothing where it is denied. */
function notDenied(role: ExecutionRole): readonly Warning[] {
  const called = role.ofVersion ? 'The execution role that a published version keeps' : 'The execution role';
  if ('foreign' in role)
    return [
      {
        gap: true,
        text: `${called} is in another account (${role.account}): what runs keeps its permissions. Contain it there: lockdown contain ${role.foreign}`,
      },
    ];
  if ('uneditable' in role) return [{ gap: true, text: `${called} can't be denied. ${role.refused} ${role.instead}` }];
  if ('gone' in role)
    return [
      {
        text: `${called}, ${iamName(arnOf(role.gone).resource)}, does not exist: there is nothing to deny, and the ${role.ofVersion ? 'version' : 'function'} can't start without it. The permissions of a role go with it, also those of sessions that are open. Should a role of that name be made again, it is denied at the next look.`,
      },
    ];
  return [];
}

function aboutTheDenied(names: readonly string[], scope: FunctionOptions['scope']): readonly Warning[] {
  if (names.length === 0) return [];
  const [all, is, it] = names.length === 1 ? ['role', 'is', 'it'] : ['roles', 'are', 'them'];
  const named = names.join(', ');
  return [
    {
      text:
        scope === 'role'
          ? `Everything else that uses the ${all} ${named} is denied as well. --scope function denies ${it} to this function alone.`
          : `The ${all} ${named} ${is} denied to this function alone. Credentials for ${it} that somebody gets without the function are not.`,
    },
    {
      text: `A change of permissions takes seconds, at times minutes, to be felt everywhere. Sessions of further roles that the function took on with ${named} go on: contain those roles too.`,
    },
  ];
}

/** Roles that the function had when it was contained before. Whoever swaps its role does not free the one before. */
function aboutFormerRoles(now: FunctionState): readonly Warning[] {
  const own = new Set(executionRoles(now).flatMap((role) => ('deniable' in role ? [role.deniable.on] : [])));
  return Object.values(now.roles)
    .filter(({ on, exists }) => exists && !own.has(on))
    .map(({ name }) => ({
      text: now.versionsUnread
        ? `The role ${name}, which was denied for the function's sake, stays denied: whether a version has it still could not be seen.`
        : `The function no longer has the role ${name}, which was denied for its sake: it stays denied.`,
    }));
}

function aboutTheFunction(now: FunctionState): readonly Warning[] {
  const { configuration } = now;
  if (configuration === null) return [];
  const warned: Warning[] = [];
  if (configuration.state === 'Pending' || configuration.updating)
    warned.push({
      text: `Lambda is still at ${configuration.state === 'Pending' ? 'making' : 'updating'} the function: who changes it goes on doing so. Look for the identity that does.`,
    });
  if (configuration.managedInstances)
    warned.push({
      gap: true,
      // https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-scaling.html
      text: `The function runs on Lambda Managed Instances, which reserved concurrency is not known to stop. Take its capacity away, for each published version: aws lambda put-function-scaling-config --function-name ${now.name} --qualifier VERSION --function-scaling-config MinExecutionEnvironments=0,MaxExecutionEnvironments=0`,
    });
  if (configuration.durable)
    warned.push({
      text: `Durable executions that are under way may wait and go on when the function is released. See them with "aws lambda list-durable-executions-by-function --function-name ${now.name}"; stopping one can't be undone.`,
    });
  if (now.versionsUnread)
    warned.push({
      gap: true,
      text: 'The versions could not be listed (lambda:ListVersionsByFunction): the execution role that a published version keeps may not be denied, where it is another than that of $LATEST. Grant the action, then try again.',
    });
  if (now.aliasesUnread)
    warned.push({
      text: 'The aliases could not be listed (lambda:ListAliases): event source mappings to an alias may stay enabled.',
    });
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-edge.html: functions at the edge are made in this Region alone.
  if (arnOf(now.arn).region === 'us-east-1')
    warned.push({
      text: 'Should it be a Lambda@Edge function, its replicas at the edge may run on: take it out of the CloudFront distribution.',
    });
  return warned;
}

const always: readonly Warning[] = [
  { text: 'What runs already goes on until its time-out, at most 15 minutes, without permissions.' },
  {
    text: 'Asynchronous events are kept and tried again for up to 6 hours: released before that, the function handles them, the hostile ones too. Its function URL answers 429.',
  },
];
