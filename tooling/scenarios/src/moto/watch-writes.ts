import type { ObjectStore } from '@entity-lockdown/core';
import type { AwsClient } from '@entity-lockdown/plugin-api';

/** Told of every write right after it was answered: of a call to AWS that changes something, of a ledger object. */
export type WriteWatch = (to: 'aws' | 'ledger', what: string) => void;

const reads = /^(?:Get|List|Describe|Head|AssumeRole)/;
type Next = (args: object) => Promise<object>;

export function watchWrites(client: AwsClient, onWrite: WriteWatch): void {
  const stack = client.middlewareStack as { add(middleware: unknown, options: object): void };
  stack.add(
    (next: Next, { commandName = '' }: { commandName?: string }) =>
      async (args: object) => {
        const answer = await next(args);
        const command = commandName.replace(/Command$/, '');
        if (!reads.test(command)) onWrite('aws', command);
        return answer;
      },
    // Around each attempt, with the answer parsed: what AWS refused does not come by.
    { step: 'deserialize', priority: 'high', name: 'watchWrites' },
  );
}

export function watchedStore(store: ObjectStore, onWrite: WriteWatch): ObjectStore {
  return {
    ...store,
    async put(...args) {
      const tag = await store.put(...args);
      onWrite('ledger', `put ${args[0]}`);
      return tag;
    },
    async delete(...args) {
      await store.delete(...args);
      onWrite('ledger', `delete ${args[0]}`);
    },
  };
}
