import type {
  CreateEventSourceMappingRequest,
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  GetEventSourceMappingRequest,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import type { Call, Demand, Operations } from '../operation.ts';
import { awsError } from '../operation.ts';
import { conflict, invalidRequest, notFound } from './errors.ts';
import { findFunction, readName, versionOf } from './names.ts';
import { lambdaOperation } from './operation.ts';
import { page } from './pages.ts';
import type { LambdaState, Mapping } from './state.ts';
import { begin, functionArn, lambdaState, mappingArn, underWay } from './state.ts';
import { requestTags } from './tags.ts';

/** A mapping that is there: one that was deleted is gone when `Deleting` is over. */
function exists(mapping: Mapping, now: number): boolean {
  return mapping.changing.as !== 'Deleting' || now < mapping.changing.until;
}

function find(state: LambdaState, uuid: string | undefined, now: number): Mapping {
  const mapping = state.mappings.get(uuid ?? '');
  if (mapping === undefined || !exists(mapping, now)) throw notFound('The resource you requested does not exist.');
  return mapping;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html#API_UpdateEventSourceMapping_Errors */
function refuseInTransition(mapping: Mapping, now: number): void {
  if (underWay(mapping.changing, now) !== undefined)
    throw awsError(
      'ResourceInUseException',
      `Cannot update the event source mapping with UUID ${mapping.uuid} because it is in use.`,
      400,
    );
}

function printed(call: Call, mapping: Mapping): EventSourceMappingConfiguration {
  return {
    UUID: mapping.uuid,
    EventSourceMappingArn: mappingArn(call.partition, call, mapping.uuid),
    EventSourceArn: mapping.source,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: 0,
    LastModified: new Date(mapping.changed),
    State: underWay(mapping.changing, call.now) ?? (mapping.enabled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: 'USER_INITIATED',
  };
}

/** The ARN of a function that is there, with the qualifier it was named with. */
function targetOf(call: Call, text: string | undefined): string {
  const named = readName(call, text);
  versionOf(call, findFunction(call, named), named.qualifier);
  return functionArn(call.partition, call, named.name, named.qualifier);
}

function demandOnMapping(call: Call, action: string, uuid: string | undefined): readonly Demand[] {
  const mapping = lambdaState(call).mappings.get(uuid ?? '');
  return [
    {
      action: `lambda:${action}`,
      resource: mappingArn(call.partition, call, uuid ?? '*'),
      ...(mapping === undefined ? {} : { context: { 'lambda:FunctionArn': mapping.functionArn } }),
    },
  ];
}

function ofFunction(call: Call, mapping: Mapping, wanted: string): boolean {
  if (mapping.functionArn === wanted) return true;
  return lambdaState(call).options.listsMappingsOfQualifiers && mapping.functionArn.startsWith(`${wanted}:`);
}

export const eventSourceMappingOperations: Operations = {
  CreateEventSourceMapping: lambdaOperation<CreateEventSourceMappingRequest, EventSourceMappingConfiguration>(
    'CreateEventSourceMapping',
    {
      mutates: true,
      demands: (call, input) => {
        const named = readName(call, input.FunctionName);
        const context = {
          'lambda:FunctionArn': functionArn(call.partition, call, named.name, named.qualifier),
          ...requestTags(input.Tags),
        };
        return [
          { action: 'lambda:CreateEventSourceMapping', resource: '*', context },
          ...(input.Tags === undefined
            ? []
            : [{ action: 'lambda:TagResource', resource: mappingArn(call.partition, call, '*'), context }]),
        ];
      },
      run(call, input) {
        const state = lambdaState(call);
        const source = input.EventSourceArn;
        if (source === undefined) throw invalidRequest('eventSourceArn', 'null');
        const target = targetOf(call, input.FunctionName);
        const twin = [...state.mappings.values()].find(
          (each) => exists(each, call.now) && each.source === source && each.functionArn === target,
        );
        if (twin !== undefined)
          throw conflict(
            `An event source mapping with event source arn (" ${source} ") and function (" ${target} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
          );
        const mapping: Mapping = {
          uuid: call.id(''),
          source,
          functionArn: target,
          enabled: input.Enabled ?? true,
          batchSize: input.BatchSize ?? (source.split(':')[2] === 'sqs' ? 10 : 100),
          changed: call.now,
          changing: begin('Creating', call.now, state.options.mappingSeconds),
          tags: new Map(Object.entries(input.Tags ?? {})),
        };
        state.mappings.set(mapping.uuid, mapping);
        return printed(call, mapping);
      },
    },
  ),

  GetEventSourceMapping: lambdaOperation<GetEventSourceMappingRequest, EventSourceMappingConfiguration>('GetEventSourceMapping', {
    mutates: false,
    demands: (call, input) => demandOnMapping(call, 'GetEventSourceMapping', input.UUID),
    run: (call, input) => printed(call, find(lambdaState(call), input.UUID, call.now)),
  }),

  ListEventSourceMappings: lambdaOperation<ListEventSourceMappingsRequest, ListEventSourceMappingsResponse>(
    'ListEventSourceMappings',
    {
      mutates: false,
      demands: () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
      run(call, input) {
        const state = lambdaState(call);
        const wanted = input.FunctionName === undefined ? undefined : targetOf(call, input.FunctionName);
        const matching = [...state.mappings.values()].filter(
          (mapping) =>
            exists(mapping, call.now) &&
            (input.EventSourceArn === undefined || mapping.source === input.EventSourceArn) &&
            (wanted === undefined || ofFunction(call, mapping, wanted)),
        );
        const { items, next } = page(matching, ({ uuid }) => uuid, input, state.options.pageSize);
        return { EventSourceMappings: items.map((mapping) => printed(call, mapping)), NextMarker: next };
      },
    },
  ),

  UpdateEventSourceMapping: lambdaOperation<UpdateEventSourceMappingRequest, EventSourceMappingConfiguration>(
    'UpdateEventSourceMapping',
    {
      mutates: true,
      demands: (call, input) => demandOnMapping(call, 'UpdateEventSourceMapping', input.UUID),
      run(call, input) {
        const state = lambdaState(call);
        const mapping = find(state, input.UUID, call.now);
        refuseInTransition(mapping, call.now);
        const target = input.FunctionName === undefined ? mapping.functionArn : targetOf(call, input.FunctionName);
        const enabled = input.Enabled ?? mapping.enabled;
        const as = enabled === mapping.enabled ? 'Updating' : enabled ? 'Enabling' : 'Disabling';
        mapping.functionArn = target;
        mapping.enabled = enabled;
        mapping.batchSize = input.BatchSize ?? mapping.batchSize;
        mapping.changed = call.now;
        mapping.changing = begin(as, call.now, state.options.mappingSeconds);
        return printed(call, mapping);
      },
    },
  ),

  DeleteEventSourceMapping: lambdaOperation<DeleteEventSourceMappingRequest, EventSourceMappingConfiguration>(
    'DeleteEventSourceMapping',
    {
      mutates: true,
      demands: (call, input) => demandOnMapping(call, 'DeleteEventSourceMapping', input.UUID),
      run(call, input) {
        const state = lambdaState(call);
        const mapping = find(state, input.UUID, call.now);
        refuseInTransition(mapping, call.now);
        mapping.changing = begin('Deleting', call.now, state.options.mappingSeconds);
        mapping.changed = call.now;
        return { ...printed(call, mapping), State: 'Deleting' };
      },
    },
  ),
};
