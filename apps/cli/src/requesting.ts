import { asker } from './asker.ts';
import type { Asked, NotAsked } from './entities.ts';
import { failingOf } from './failing.ts';
import type { Outcome } from './outcome.ts';
import type { Live } from './progress.ts';
import { type Publisher, publishFailure, type RequestMessage } from './publishing.ts';
import type { Running } from './result.ts';
import { externalIdFrom } from './settings/external-id.ts';
import { type RequestTopic, requestTopic } from './settings/request-topic.ts';
import { incidentId, oneLine } from './text-input.ts';
import { usageError } from './usage-error.ts';

/** What each message says, beside its entity. */
export interface RequestOrder {
  readonly topic: RequestTopic;
  /** The secret of the request topic. */
  readonly externalId: string;
  readonly reason?: string;
  readonly incident?: string;
  readonly options: { readonly [name: string]: unknown };
}

/** The responder cuts longer ones short. */
const longestReason = 500;

export function orderFrom(options: { readonly [name: string]: unknown }, { io, secrets }: Running): RequestOrder {
  const given = options as {
    readonly [name in 'topic' | 'reason' | 'incident' | 'externalId' | 'externalIdFile']?: string;
  };
  const externalId = externalIdFrom(given, io.env);
  if (externalId === undefined)
    throw usageError(
      'The secret of the request topic was not given: without it the responder refuses whatever is asked.',
      'Give --external-id-file FILE, or set LOCKDOWN_EXTERNAL_ID.',
    );
  secrets.push(externalId);
  const topic = requestTopic(given.topic, io.env);
  const reason = oneLine('--reason', given.reason, longestReason);
  const incident = incidentId(given.incident);
  for (const [where, text] of [
    ['--reason', reason],
    ['--incident', incident],
  ] as const) {
    if (text?.includes(externalId) === true) throw misplaced(`in ${where}`);
  }
  return { topic, externalId, options, ...(reason !== undefined && { reason }), ...(incident !== undefined && { incident }) };
}

/** The responder refuses such a message, since records and mails would tell the secret. */
function misplaced(where: string): Error {
  return usageError(
    `The secret of the request topic stands ${where} as well: it would be told to whoever reads of the request.`,
    'Take it out there. It is given by --external-id-file or LOCKDOWN_EXTERNAL_ID alone.',
    'secret-misplaced',
  );
}

/** What must not be published, since it tells the secret: ARNs, and options for some of them. */
export function tellingTheSecret(entities: readonly Asked[], order: RequestOrder): readonly NotAsked[] {
  return entities.flatMap((asked) => {
    const { ExternalId: _, Reason: __, Incident: ___, Arn, ...options } = messageFor(asked, order).attributes;
    const inArn = Arn?.includes(order.externalId) === true ? [{ input: asked.input, ...failingOf(misplaced('in an ARN')) }] : [];
    const inOptions = Object.entries(options)
      .filter((option) => option.some((text) => text.includes(order.externalId)))
      .map(([name]) => ({ input: `--${name}`, ...failingOf(misplaced(`in --${name}`)) }));
    return [...inArn, ...inOptions];
  });
}

/** The message for one entity. */
function messageFor({ arn, resolved }: Asked, { externalId, reason, incident, options }: RequestOrder): RequestMessage {
  const lines = [
    `Contain ${resolved.entity.arn}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}`]),
    ...(incident === undefined ? [] : [`Incident: ${incident}`]),
    `Asked for by ${asker()} with lockdown request.`,
  ];
  // Options of the plugins go by their own names, those alone that the entity's type has.
  const own = Object.keys(resolved.registered.manifest.options ?? {}).flatMap((name) =>
    options[name] === undefined ? [] : [[name, String(options[name])] as const],
  );
  return {
    body: lines.join('\n'),
    attributes: {
      ...Object.fromEntries(own),
      Arn: arn,
      ExternalId: externalId,
      ...(reason !== undefined && { Reason: reason }),
      ...(incident !== undefined && { Incident: incident }),
    },
  };
}

/** Publishes the message for one entity. Never throws: one entity's failure is its own. */
export async function publishOne(
  publisher: Publisher,
  asked: Asked,
  order: RequestOrder,
  { signal }: Running,
  live: Live,
): Promise<Outcome> {
  if (signal.aborted) return { asked, outcome: 'not-begun', exitCode: 130, seconds: 0 };
  const { topic } = order;
  live.onCall?.({ action: 'sns:Publish', service: 'sns', command: 'Publish' }, topic.account);
  try {
    const message = await publisher.publish(messageFor(asked, order));
    return { asked, outcome: 'requested', exitCode: 0, message, seconds: live.seconds() };
  } catch (error) {
    return { asked, outcome: 'failed', exitCode: 1, failure: publishFailure(error, topic), seconds: live.seconds() };
  }
}
