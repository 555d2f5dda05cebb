import { createHash } from 'node:crypto';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Clock, failureOf, isoTime, isUnanswered, type ObjectStore, StoreConflict } from '@entity-lockdown/core';
import { jsonIn } from '../json-in.ts';
import { failureFields, type Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import type { Mail } from './mail.ts';

/**
 * What has become of a mail.
 *
 * - `told`: it was published now
 * - `already`: it was published before
 * - `kept`: it is in the ledger, and the sweep publishes it
 * - `lost`: neither: whoever wanted it must try again
 */
export type Told = 'told' | 'already' | 'kept' | 'lost';

/** The mails of the responder. Nothing here throws: a mail never stands in the way of a containment. */
export interface Notices {
  tell(mail: Mail): Promise<Told>;
  /** Publishes what was kept. Answers how many are left. */
  retry(): Promise<number>;
}

export interface NoticeParts {
  readonly client: SNSClient;
  readonly topic: string;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: (length: number) => string;
  readonly log: Log;
  readonly meter: Meter;
}

/** A claim that is older than an invocation can last is that of a process that died. */
const claimMs = 90_000;

interface Notice {
  readonly state: 'claimed' | 'sent';
  readonly about: string;
  readonly kind: string;
  readonly at: string;
  /** Until when whoever claimed it may be publishing it, in milliseconds since the epoch. */
  readonly until: number;
}

type Claim = { readonly tag: string; readonly repeated: boolean } | 'sent' | 'busy';

/**
 * Mails, each published at most once for what it is about, by however many processes it is wanted: whoever creates its object in the
 * ledger publishes it. Where that process died in between, nobody knows whether it had: it is published again, and says so.
 */
export function notices(parts: NoticeParts): Notices {
  const { client, topic, store, clock, random, log, meter } = parts;

  const unclaimed = new Set<string>();

  function noticeText(mail: Mail, state: Notice['state']): string {
    const { about, kind } = mail;
    const now = clock.now();
    const notice: Notice = { state, about, kind, at: isoTime(now), until: state === 'sent' ? 0 : now + claimMs };
    return text({ object: 'notice', ...notice });
  }

  /** With a nonce: a store tells bodies apart by what is in them. */
  function text(value: object): string {
    return `${JSON.stringify({ version: 1, nonce: random(12), ...value })}\n`;
  }

  async function claim(mail: Mail, key: string): Promise<Claim> {
    try {
      return { tag: await store.put(key, noticeText(mail, 'claimed'), { absent: true }), repeated: false };
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
    const there = await store.get(key);
    // Released by somebody whose publishing has just failed.
    if (there === undefined) return 'busy';
    const notice = JSON.parse(there.body) as Notice;
    if (notice.state === 'sent') return 'sent';
    if (clock.now() < notice.until) return 'busy';
    try {
      return { tag: await store.put(key, noticeText(mail, 'claimed'), { tag: there.tag }), repeated: true };
    } catch (error) {
      if (error instanceof StoreConflict) return 'busy';
      throw error;
    }
  }

  async function publish(mail: Mail, id: string, repeated: boolean): Promise<void> {
    const note =
      'This mail may have been sent before: the process that was about to send it ended, and nobody knows whether it had.\n\n';
    await client.send(
      new PublishCommand({
        TopicArn: topic,
        Subject: mail.subject,
        Message: repeated ? `${note}${mail.body}` : mail.body,
        MessageAttributes: attributesOf({
          ...mail.attributes,
          kind: mail.kind,
          notice: id,
          ...(repeated && { repeated: 'true' }),
        }),
      }),
    );
  }

  /** Keeps a mail for the sweep. */
  async function keep(mail: Mail, id: string): Promise<Told> {
    try {
      await store.put(`outbox/${id}`, text({ object: 'mail', mail }), { absent: true });
    } catch (error) {
      if (!(error instanceof StoreConflict)) return lost(mail, error);
    }
    return 'kept';
  }

  function lost(mail: Mail, error: unknown): Told {
    meter.count('AuditLost');
    log.error('a mail was neither sent nor kept', { kind: mail.kind, about: mail.about, ...failureFields(failureOf(error)) });
    return 'lost';
  }

  /** Without a ledger nothing can be contained, and that must be told: by this process once, by another once more. */
  async function tellUnclaimed(mail: Mail, id: string, why: unknown): Promise<Told> {
    if (unclaimed.has(id)) return 'already';
    try {
      await publish(mail, id, false);
    } catch {
      return lost(mail, why);
    }
    unclaimed.add(id);
    return 'told';
  }

  async function tell(mail: Mail): Promise<Told> {
    const became = await attempt(mail);
    // Somebody is at it. If they die, the sweep finds it.
    return became === 'busy' ? await keep(mail, idOf(mail)) : became;
  }

  async function attempt(mail: Mail): Promise<Told | 'busy'> {
    const id = idOf(mail);
    const key = `notices/${id}`;
    let claimed: Claim;
    try {
      claimed = await claim(mail, key);
    } catch (error) {
      return mail.kind === 'failed' ? await tellUnclaimed(mail, id, error) : lost(mail, error);
    }
    if (claimed === 'sent') return 'already';
    if (claimed === 'busy') return 'busy';
    try {
      await publish(mail, id, claimed.repeated);
    } catch (error) {
      meter.count('AuditFailed');
      log.error('a mail could not be sent', { kind: mail.kind, about: mail.about, ...failureFields(failureOf(error)) });
      // Kept first: with the claim gone and nothing kept, nobody would know of it.
      const kept = await keep(mail, id);
      // Where it may have been sent, now or by whoever claimed it before, the claim stays: it lapses, and whoever takes it over says so.
      if (!claimed.repeated && !isUnanswered(error)) await store.delete(key, { tag: claimed.tag }).catch(() => {});
      return kept;
    }
    // A claim that stays one lapses: the mail might come twice, if it is wanted twice.
    await store.put(key, noticeText(mail, 'sent'), { tag: claimed.tag }).catch((error: unknown) => {
      log.warn('a mail was sent and could not be marked as sent', { about: mail.about, ...failureFields(failureOf(error)) });
    });
    return 'told';
  }

  /** `waits`: this one is not to be sent now, which says nothing of the next one. `down`: the ledger or the topic took nothing. */
  async function retryOne(key: string): Promise<'gone' | 'waits' | 'down'> {
    try {
      const kept = await store.get(key);
      if (kept === undefined) return 'gone';
      const mail = mailIn(kept.body);
      if (mail === undefined) {
        log.error('a mail that was kept cannot be read', { key });
        return 'waits';
      }
      const became = await attempt(mail);
      if (became === 'busy') return 'waits';
      if (became !== 'told' && became !== 'already') return 'down';
      await store.delete(key, { tag: kept.tag });
      return 'gone';
    } catch (error) {
      // Whoever sent it meanwhile has deleted it.
      if (error instanceof StoreConflict) return 'gone';
      log.error('a mail that was kept cannot be read or deleted', { key, ...failureFields(failureOf(error)) });
      return 'down';
    }
  }

  return {
    tell,
    async retry() {
      const keys = await store.list('outbox/');
      let left = keys.length;
      let failures = 0;
      // One after another: where the topic is down, three calls show it as well as hundreds.
      for (const key of keys) {
        const became = await retryOne(key);
        if (became === 'gone') left -= 1;
        if (became === 'down') failures += 1;
        if (failures === 3) break;
      }
      return left;
    },
  };
}

/** What was kept; undefined where the object is damaged. */
function mailIn(body: string): Mail | undefined {
  const { mail } = (jsonIn(body) ?? {}) as { readonly mail?: Partial<Mail> };
  return typeof mail?.about === 'string' && typeof mail.kind === 'string' ? (mail as Mail) : undefined;
}

function idOf({ about, kind }: Mail): string {
  return `${createHash('sha256').update(about).digest('hex').slice(0, 32)}-${kind}`;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html: no value is empty */
function attributesOf(values: object): { [name: string]: { DataType: 'String'; StringValue: string } } {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, { DataType: 'String' as const, StringValue: value }]] : [],
    ),
  );
}
