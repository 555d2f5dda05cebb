import { failureOf } from '@entity-lockdown/core';
import type { Containing, Handled } from './containing.ts';
import { type Continuations, continuationIn } from './continuations.ts';
import { failureFields, type Log } from './log.ts';

/** As Lambda gives and takes it: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes?: { readonly ApproximateReceiveCount?: string };
}

export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Seconds until a continuation comes again, by how often it has come: what is wrong for a moment, and what is wrong for minutes. */
const waits = [15, 60, 240, 900];

/** Continuations that came back. Each is answered for by itself: one that fails holds up no other. */
export async function handleBatch(
  records: readonly QueueRecord[],
  containing: Containing,
  continuations: Continuations,
  log: Log,
): Promise<BatchAnswer> {
  async function handle(record: QueueRecord): Promise<Handled> {
    const continuation = continuationIn(record.body);
    if (continuation === undefined) {
      log.error('a message of the queue is none of the responder', { messageId: record.messageId });
      return 'again';
    }
    try {
      return continuation.kind === 'record'
        ? await containing.goOn(continuation.record, received(record) > 1)
        : await containing.lookAfter(askedIn(continuation));
    } catch (error) {
      log.error('a continuation could not be handled', { messageId: record.messageId, ...failureFields(failureOf(error)) });
      return 'again';
    }
  }

  async function comeBack(record: QueueRecord): Promise<void> {
    const { receiptHandle, body } = record;
    // What nobody can read is not waited for: it is a dead letter the sooner.
    const wait = continuationIn(body) === undefined ? 0 : (waits[received(record) - 1] ?? 0);
    await continuations.comeBackIn(receiptHandle, wait).catch((error: unknown) => {
      // It comes back when the queue's own time-out has passed.
      log.warn('a continuation could not be put off', failureFields(failureOf(error)));
    });
  }

  const failures = await Promise.all(
    records.map(async (record) => {
      if ((await handle(record)) === 'done') return [];
      await comeBack(record);
      return [{ itemIdentifier: record.messageId }];
    }),
  );
  return { batchItemFailures: failures.flat() };
}

function received({ attributes }: QueueRecord): number {
  return Number(attributes?.ApproximateReceiveCount ?? 1);
}

function askedIn({ kind: _, version: __, ...asked }: Extract<ReturnType<typeof continuationIn>, { readonly kind: 'request' }>) {
  return asked;
}
