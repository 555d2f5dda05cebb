import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import type { Dispatcher, Host, ObjectStore } from '@entity-lockdown/core';
import type { Io, Out } from '../../../../apps/cli/src/io.ts';
import { gather } from './gathered.ts';
import { searchPieces } from './search-pieces.ts';

/** A store whose texts are searched as they are written, and as they are read: those of a process that was killed are read by the next. */
export function searchedStore(store: ObjectStore): ObjectStore {
  return {
    location: store.location,
    async get(key) {
      const found = await store.get(key);
      if (found !== undefined) gather('record', found.body);
      return found;
    },
    put(key, body, ...more) {
      gather('record', `${key}\n${body}`);
      return store.put(key, body, ...more);
    },
    delete: (...all) => store.delete(...all),
    list: (...all) => store.list(...all),
  };
}

/** A dispatcher whose events, answers and errors are searched. */
export function searchedDispatcher(create: (host: Host) => Dispatcher, host: Host): Dispatcher {
  const searched = create({
    ...host,
    observe(event, ...more) {
      gather('event', JSON.stringify(event));
      host.observe?.(event, ...more);
    },
    onCall(call, account) {
      gather('event', JSON.stringify(call));
      host.onCall?.(call, account);
    },
  });
  return {
    plan: async (...all) => answered(searched.plan(...all)),
    contain: async (...all) => answered(searched.contain(...all)),
    advance: async (...all) => answered(searched.advance(...all)),
    release: async (...all) => answered(searched.release(...all)),
  };
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    const given = await answer;
    gather('answer', JSON.stringify(given));
    return given;
  } catch (error) {
    gather('answer', inspect(error, { depth: 20, maxArrayLength: null, maxStringLength: null }));
    throw error;
  }
}

/** What a command that runs in this process prints and asks is searched. */
export function searchedIo(io: Io): Io {
  return {
    ...io,
    stdout: searchedOut(io.stdout),
    stderr: searchedOut(io.stderr),
    confirm(question) {
      gather('printed', question);
      return io.confirm(question);
    },
    code(question) {
      gather('printed', question);
      return io.code(question);
    },
  };
}

function searchedOut(out: Out): Out {
  const search = searchPieces((text) => gather('printed', text));
  return {
    ...out,
    write(text) {
      search(text);
      out.write(text);
    },
  };
}

/** Whatever the processes that tests start write to their pipes is searched; the tests read it as before. */
export function searchProcesses(search: (text: string) => void): void {
  // https://nodejs.org/api/diagnostics_channel.html#child-process: told of when it is made, before it has its streams.
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    queueMicrotask(() => {
      for (const stream of [child.stdout, child.stderr]) if (stream) tap(stream, searchPieces(search));
    });
  });
}

/** Sees what comes into a stream without reading it: who reads it decides when it flows. */
function tap(stream: Readable, see: (text: string) => void): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk !== null) see(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'));
    return push(chunk, encoding);
  };
}
