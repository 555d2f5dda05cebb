import { awsClients } from '../aws-clients.ts';
import { isBadInput, notRun } from '../bad-input.ts';
import { type Asked, entitiesAskedFor, type NotAsked, spared } from '../entities.ts';
import { worst } from '../exit-code.ts';
import { followedPlace, openFollowed } from '../followed-ledger.ts';
import { followOne } from '../following.ts';
import type { Outcome } from '../outcome.ts';
import { liveProgress } from '../progress.ts';
import { publisherTo } from '../publishing.ts';
import { orderFrom, publishOne, type RequestOrder, tellingTheSecret } from '../requesting.ts';
import type { Result, Running } from '../result.ts';
import { connectionFrom } from '../settings/connection.ts';
import { outcomeJson, showContained } from '../show/outcome-text.ts';
import { rejectedJson, showRejected } from '../show/rejected-text.ts';
import { mostAtOnce, sideBySide } from '../side-by-side.ts';
import { usageError } from '../usage-error.ts';
import { registryFor } from './registry-for.ts';

interface RequestOptions {
  readonly yes?: boolean;
  readonly follow?: boolean;
  readonly ledger?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
}

/** Asks the responder to contain entities, by a message for each; with --follow, tells how they end. Contains nothing by itself. */
export async function request(
  args: readonly string[],
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  const { io, standing } = running;
  const { yes, profile, region, endpointUrl, ...following }: RequestOptions = options;
  const order = orderFrom(options, running);
  const { topic } = order;
  const place = followedPlace(following, io);
  // Whoever publishes assumes no role of ours: what the environment has of one is not for here.
  const reach = { profile, region, endpointUrl };
  const connection = connectionFrom(Object.fromEntries(Object.entries(reach).filter(([, value]) => value !== undefined)), {});
  if (yes !== true && !io.canAsk)
    throw usageError('There is no terminal to ask at, and --yes was not given.', 'Check the ARNs, then add --yes.');
  const registry = await registryFor(options, running);
  const { entities, rejected: notEntities } = await entitiesAskedFor(registry, args, options);
  const rejected = [...notEntities, ...tellingTheSecret(entities, order)];
  if (rejected.some(isBadInput)) return notRun({ topic: topic.arn }, rejected, entities.map(spared));

  const createClient = io.createClient ?? (await awsClients(connection, topic.region, io));
  const followed =
    place === undefined ? undefined : await openFollowed(place, createClient, connection, connection.region ?? topic.region, io);
  const agreed = yes === true || entities.length === 0 || (await ask(order, entities, rejected, running));
  const live = liveProgress(running);
  const publisher = await publisherTo(topic, createClient);
  try {
    live.begin();
    const published = agreed === true ? await publishAll() : entities.map(declined(agreed === undefined ? 130 : 3));
    // All at once: none of them waits for the end of another.
    const outcomes = await sideBySide(published, published.length, async (outcome) =>
      followed === undefined || outcome.message === undefined
        ? outcome
        : await followOne(followed, outcome.asked, outcome.message, running, live),
    );
    return {
      exitCode: worst([...outcomes, ...rejected].map(({ exitCode }) => exitCode)),
      json: {
        topic: topic.arn,
        ...(followed !== undefined && { ledger: followed.ledger.location }),
        entities: [...outcomes.map(outcomeJson), ...rejected.map(rejectedJson)],
      },
      show(out, err) {
        for (const each of rejected) showRejected(err, each);
        for (const each of outcomes) showContained(out, each, 'request');
      },
    };
  } finally {
    live.stop();
    publisher.close();
  }

  async function publishAll(): Promise<readonly Outcome[]> {
    standing.text =
      'Ended at once. What was published stays so: the responder goes on with it, and its audit mails tell how it ends.';
    return await sideBySide(entities, mostAtOnce, (asked) => publishOne(publisher, asked, order, running, live));
  }
}

/** Shows what will be published, and asks once. */
async function ask(
  { topic, reason, incident }: RequestOrder,
  entities: readonly Asked[],
  rejected: readonly NotAsked[],
  { io, progress, signal }: Running,
): Promise<boolean | undefined> {
  if (signal.aborted) return undefined;
  for (const each of rejected) showRejected(progress, each);
  progress.line('The responder will be asked to contain:');
  for (const { resolved, again } of entities) {
    const times = again.length === 0 ? '' : `, named ${again.length + 1} times: asked for once`;
    progress.line('  ', resolved.entity.arn, `  (${resolved.registered.manifest.title}${times})`);
  }
  progress.line(`  by ${topic.arn}`);
  if (reason !== undefined) progress.paragraph('  Reason:    ', reason);
  if (incident !== undefined) progress.line(`  Incident:  ${incident}`);
  progress.line();
  const [only] = entities;
  const what = entities.length === 1 && only !== undefined ? only.resolved.entity.arn : `these ${entities.length} entities`;
  return await io.confirm(`Ask the responder to contain ${what}?`);
}

function declined(exitCode: 3 | 130) {
  return (asked: Asked): Outcome => ({ asked, outcome: 'declined', exitCode, seconds: 0 });
}
