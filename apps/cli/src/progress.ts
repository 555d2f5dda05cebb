import type { AwsCall, ContainmentRecord, Observer, Progress } from '@entity-lockdown/core';
import { shortName } from './entities.ts';
import type { Running } from './result.ts';
import { dim, type Piece, red, yellow } from './text/paint.ts';

/** Tells people what happens while it happens, and counts down what is waited for. */
export interface Live {
  /** From now on seconds are counted: the work on all entities begins, and nobody is asked any more. */
  begin(): void;
  /** Seconds since then: of each line, and of each result. */
  seconds(): number;
  readonly observe: Observer;
  readonly onCall?: (call: AwsCall, account: string) => void;
  onWait(progress: Progress): void;
  /** The entity is not waited for any more. */
  settled(record: ContainmentRecord): void;
  stop(): void;
}

const longestName = 28;
/** Shorter waits are not worth a line. */
const worthTelling = 2_000;

export function liveProgress({ io, progress, verbose }: Running): Live {
  let began = io.clock.now();
  const waits = new Map<string, { readonly name: string; readonly until: number }>();
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  const seconds = (): number => (io.clock.now() - began) / 1_000;
  const elapsed = (): Piece => dim(`${seconds().toFixed(1).padStart(6)}s  `);

  function countDown(): void {
    const now = io.clock.now();
    const left = [...waits.values()]
      .filter(({ until }) => until > now)
      .map(({ name, until }) => `${name} ${Math.ceil((until - now) / 1_000)} s`);
    progress.status(left.length === 0 ? '' : `        waiting: ${left.join(', ')}`);
  }

  return {
    begin() {
      began = io.clock.now();
    },
    seconds,
    observe(event, record) {
      // What is written on the way back bears the title of what it undoes: "Undone" follows when it is seen.
      if (event.what === 'write' && record.state === 'releasing') return;
      // `onWait` tells it, and counts down.
      if (event.what === 'waiting') return;
      const text = event.what === 'failed' ? red(event.text) : event.what === 'partial' ? yellow(event.text) : event.text;
      progress.line(elapsed(), dim(cut(shortName(record.entity)).padEnd(longestName + 1)), text);
    },
    ...(verbose && {
      onCall(call: AwsCall, account: string) {
        progress.line(elapsed(), dim(`${call.action} in ${account}`));
      },
    }),
    onWait({ record, next }) {
      if (next === undefined) return;
      const until = Date.parse(next.until ?? next.at);
      const wait = until - io.clock.now();
      waits.delete(record.id);
      if (wait < worthTelling) return;
      waits.set(record.id, { name: cut(shortName(record.entity)), until });
      if (told.get(record.id) !== next.why) {
        told.set(record.id, next.why);
        progress.line(
          elapsed(),
          dim(cut(shortName(record.entity)).padEnd(longestName + 1)),
          `Waiting ${Math.ceil(wait / 1_000)} s: ${next.why}`,
        );
      }
      if (io.stderr.isTTY) {
        countDown();
        timer ??= setInterval(countDown, 1_000).unref();
      }
    },
    settled(record) {
      waits.delete(record.id);
    },
    stop() {
      clearInterval(timer);
      progress.status('');
    },
  };
}

function cut(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName - 3)}...`;
}
