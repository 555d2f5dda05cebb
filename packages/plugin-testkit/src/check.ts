import type { Subject } from './subject.ts';

/** One thing that every plugin must do right. */
export interface Check {
  /** What is right, as the name of a test. */
  readonly title: string;
  /** Sentences, each of which names a fault and what to do about it. None: all is right. */
  readonly run: (subject: Subject) => Promise<readonly string[]>;
}
