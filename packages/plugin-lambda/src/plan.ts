import { conditionalDeny, unconditionalDeny } from '@entity-lockdown/iam-deny';
import type { Change, Entity, Stage } from '@entity-lockdown/plugin-api';
import { executionRoles } from './execution-roles.ts';
import type { FunctionOptions } from './options.ts';
import { mappingId } from './settings/event-source-mapping.ts';
import type { FunctionSettings } from './settings.ts';
import type { FunctionState } from './state.ts';

type FunctionChange = Change<FunctionSettings>;

/**
 * Everything at once: no start, no permission and no message. Only where provisioned concurrency is in the way must a reserved
 * concurrency of 0 wait for its removal.
 */
export function plan(now: FunctionState, _entity: Entity, { scope }: FunctionOptions): readonly Stage<FunctionSettings>[] {
  if (now.configuration === null) return [];
  const stop: FunctionChange = {
    setting: 'lambda.function.reserved-concurrency',
    on: now.arn,
    to: 0,
    title: `Reserve no concurrency for the function ${now.name}, so that nothing starts it`,
  };
  const provisioned = Object.keys(now.provisioned)
    .toSorted()
    .map(
      (qualifier): FunctionChange => ({
        setting: 'lambda.function.provisioned-concurrency',
        on: `${now.arn}#${qualifier}`,
        to: null,
        title: `Remove the provisioned concurrency of ${now.name}:${qualifier}, which stands in the way`,
      }),
    );
  const atOnce = [...denies(now, scope), ...provisioned, ...mappings(now)];
  if (provisioned.length === 0) return [{ title: 'Stop the function', changes: [stop, ...atOnce] }];
  return [
    { title: 'Cut the function off', changes: atOnce },
    { title: 'Stop the function', changes: [stop] },
  ];
}

function denies(now: FunctionState, scope: FunctionOptions['scope']): readonly FunctionChange[] {
  return executionRoles(now).flatMap((role): readonly FunctionChange[] => {
    if (!('deniable' in role)) return [];
    return scope === 'function' ? conditionalDeny(role.deniable, now.arn) : unconditionalDeny(role.deniable);
  });
}

function mappings(now: FunctionState): readonly FunctionChange[] {
  return Object.entries(now.mappings)
    .filter(([, { state, ours }]) => ours && state !== 'Deleting')
    .map(([on]) => on)
    .toSorted()
    .map((on) => ({
      setting: 'lambda.event-source-mapping.enabled',
      on,
      to: false,
      title: `Disable the event source mapping ${mappingId(on)}, so that its messages stay in their source`,
    }));
}
