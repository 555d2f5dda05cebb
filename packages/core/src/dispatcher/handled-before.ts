import type { Ledger } from '../ledger/ledger.ts';
import type { ContainmentRecord } from '../ledger/record.ts';

/** The record that a message made, where it was handled before: delivered again, it contains nothing that was released since. */
export async function recordHandled(ledger: Ledger, entityKey: string, message: string): Promise<string | undefined> {
  return (await ledger.past(entityKey))?.value.messages[message]?.record;
}

/**
 * The record that all messages of this one made before. Whoever opened this one asked for that at the same time, and may have died
 * before the answer: until the first look nobody else knows. Undefined where any hold is by a person, or by a message that is new.
 */
export async function recordHandledInstead(ledger: Ledger, record: ContainmentRecord): Promise<string | undefined> {
  const { entityKey, holds, lookedAt, state } = record;
  if (lookedAt !== undefined || state !== 'containing') return undefined;
  const byMessage = Object.values(holds).map(({ messages }) => messages);
  if (byMessage.some((messages) => messages.length === 0)) return undefined;
  const past = (await ledger.past(entityKey))?.value.messages ?? {};
  const handled = byMessage.flat().map((message) => past[message]?.record);
  return handled.every((id) => id !== undefined) ? handled[0] : undefined;
}
