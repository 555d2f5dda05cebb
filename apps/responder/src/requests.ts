import { type Clock, type Dispatcher, failureOf, isoTime } from '@entity-lockdown/core';
import {
  type Arrived,
  findingsFrom,
  type Intake,
  type Message,
  messagesOf,
  type Notice,
  neutralAnswer,
  requestsFrom,
} from '@entity-lockdown/intake';
import { type Considered, findingMail, refusedMessageMail } from './audit/about-message.ts';
import type { Writing } from './audit/about-record.ts';
import type { Notices } from './audit/notices.ts';
import type { Containing, Handled } from './containing.ts';
import { failureFields, type Log } from './log.ts';
import type { Meter } from './meter.ts';
import type { SecretReader } from './secrets.ts';
import type { Settings } from './settings.ts';

export interface RequestParts {
  readonly settings: Pick<Settings, 'requestTopic' | 'findingsTopic' | 'findingRules'>;
  readonly secrets: SecretReader;
  readonly containing: Containing;
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly notices: Notices;
  readonly writing: Writing;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** As many entities of a finding as its mail plans for. */
const mostPlanned = 5;

/** What came through the topics. One bad record holds up no other. */
export interface Requests {
  handle(event: unknown): Promise<Handled>;
  /** What a record of an event asks for. By its topic alone: what its text says counts for nothing. */
  intakes(arrived: Arrived): Promise<readonly Intake[]>;
}

export function requests(parts: RequestParts): Requests {
  const { settings, secrets, containing, notices, writing, clock, log, meter } = parts;

  async function intakes(arrived: Arrived): Promise<readonly Intake[]> {
    if (arrived.topic === settings.findingsTopic) {
      const { request: secret } = await secrets.current();
      return findingsFrom(arrived, { rules: settings.findingRules, secret });
    }
    if (arrived.topic !== settings.requestTopic) return [fromElsewhere(arrived)];
    const known = requestsFrom(arrived, { secret: (await secrets.current()).request });
    if (!known.some((intake) => intake.kind === 'refused' && intake.code === 'not-authenticated')) return known;
    // The secret may have been changed since it was read.
    return requestsFrom(arrived, { secret: (await secrets.fresh()).request });
  }

  async function handleOne(arrived: Arrived): Promise<Handled> {
    try {
      const all = await intakes(arrived);
      const handled = await Promise.all(all.map((intake) => handleIntake(intake, arrived)));
      return handled.includes('again') ? 'again' : 'done';
    } catch (error) {
      log.error('a message could not be handled', {
        ...(arrived.id && { messageId: arrived.id }),
        ...failureFields(failureOf(error)),
      });
      return 'again';
    }
  }

  async function handleIntake(intake: Intake, arrived: Arrived): Promise<Handled> {
    switch (intake.kind) {
      case 'request': {
        const { kind: _, finding: __, ...asked } = intake;
        return await containing.begin({ ...asked, at: (arrived as Message).at });
      }
      case 'notify':
        return (await notices.tell(findingMail(intake, await considered(intake), writing))) === 'lost' ? 'again' : 'done';
      case 'refused': {
        meter.outcome('refused', 'message');
        log.warn('a message was refused', { code: intake.code, ...(intake.message && { messageId: intake.message }) });
        return (await notices.tell(refusedMessageMail(intake, intake.message ?? nameOf(arrived)))) === 'lost' ? 'again' : 'done';
      }
    }
  }

  /** What has no id of its own is another one each time that it comes: each is told of. */
  function nameOf(arrived: Arrived): string {
    return arrived.kind === 'unreadable' ? `unreadable record ${arrived.index} of ${isoTime(clock.now())}` : arrived.id;
  }

  /** What containing would do to each entity of a finding. It only looks. */
  async function considered({ finding, by }: Notice): Promise<readonly Considered[]> {
    const arns = new Set(finding.entities.flatMap((entity) => (entity.kind === 'reference' ? [entity.arn] : [])));
    const dispatcher = await parts.dispatcher();
    return await Promise.all(
      [...arns].slice(0, mostPlanned).map(async (arn) => {
        try {
          return { arn, plan: await dispatcher.plan({ arn, by }) };
        } catch (error) {
          return { arn, plan: failureOf(error) };
        }
      }),
    );
  }

  return {
    intakes,
    async handle(event) {
      const handled = await Promise.all(messagesOf(event).map(handleOne));
      return handled.includes('again') ? 'again' : 'done';
    },
  };
}

/** A topic that this deployment does not know, or none at all. */
function fromElsewhere(arrived: Arrived): Intake {
  const reason =
    arrived.kind === 'unreadable'
      ? arrived.reason
      : 'The message came through a topic that is neither for requests nor for findings.';
  const from = {
    ...(arrived.id !== undefined && { message: arrived.id }),
    ...(arrived.topic !== undefined && { topic: arrived.topic }),
  };
  return { kind: 'refused', code: 'unreadable', reason, answer: neutralAnswer, ...from };
}
