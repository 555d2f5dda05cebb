import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Outputs } from '../stack.ts';
import type { Answer } from './shell.ts';

/** A block of shell commands in a document. */
export type Block = string;

/** A block as it is run. */
export interface Step<Person extends string> {
  /** The first line of the block. */
  readonly begins: string;
  /** Who runs it. */
  readonly as: Person;
  readonly answer?: Answer;
  readonly before?: () => Promise<void>;
  /** Looks at what AWS shows after it. */
  readonly after: (out: string) => Promise<void> | void;
}

/** A block that moto can't run, and why. */
export interface LeftOut {
  readonly begins: string;
  readonly because: string;
}

export interface Reader<Person extends string> {
  /** What stands in capitals, and what it is. Steps add what they learn. */
  readonly values: { readonly [name: string]: string };
  /** Words in capitals that are AWS's, or the shell's. */
  readonly words: ReadonlySet<string>;
  /** What commands print, if all of them end well. */
  said(person: Person, commands: string, answer?: Answer): Promise<string>;
}

const docs = join(import.meta.dirname, '../../../../docs');

/**
 * Runs the blocks of commands of a document as they stand there, in their order. One that there is no step for, or a step that there is
 * no block for, is a failure.
 */
export function follow<Person extends string>(
  page: string,
  steps: readonly (Step<Person> | LeftOut)[],
  reader: Reader<Person>,
): void {
  describe(`docs/${page}`, () => {
    const blocks = documentedBlocks(page);

    test('has the blocks of commands that are run here, in this order', () => {
      expect(blocks.map(firstLine)).toEqual(steps.map(({ begins }) => begins));
    });

    test.each(steps.flatMap((step, at) => ('because' in step ? [] : [[step.begins, step, blocks[at]] as const])))(
      '%s',
      async (_, step, block) => {
        await step.before?.();
        if (block === undefined) throw new Error('The page has no such block');
        await step.after(await reader.said(step.as, withValues(block, reader), step.answer));
      },
    );
  });
}

/** The blocks of shell commands of a document, in its order. */
export function documentedBlocks(page: string): readonly Block[] {
  const text = readFileSync(join(docs, page), 'utf8');
  return [...text.matchAll(/^( *)```sh\n(.*?)^\1```$/gms)].map(({ 1: indent = '', 2: block = '' }) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
  );
}

/** Without what only goes on in the next line, and without a comment. */
export function firstLine(block: Block): string {
  return block.split('\n', 1)[0]?.replace(/ *(\\|#.*)$/, '') ?? '';
}

/** What stands in capitals for something of the reader's own. */
const placeholder = /(?<![\w-])[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*(?![\w-])/g;
/** The security account, in the documents. */
const account = /111122223333/g;

/**
 * A block with the reader's own values in it. Every word in capitals is one of them or one of AWS's, so that none is taken for what it is
 * not.
 */
export function withValues(block: Block, { values, words }: Pick<Reader<string>, 'values' | 'words'>): string {
  return block
    .replaceAll(placeholder, (name) => {
      const value = values[name];
      if (value === undefined && !words.has(name)) throw new Error(`What stands for ${name} is not known here`);
      return value ?? name;
    })
    .replaceAll(account, (id) => values[id] ?? id);
}

/** Outputs of the stack, by what the documents call them: `REQUEST_TOPIC_ARN` is `RequestTopicArn`. */
export function valuesOf(outputs: Outputs): { readonly [name: string]: string } {
  const named = Object.entries(outputs).map(([name, value]) => [
    name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
    value,
  ]);
  const ledgerBucket = /^s3:\/\/([^/]+)\/ledger$/.exec(outputs.Ledger ?? '')?.[1] ?? '';
  return { ...Object.fromEntries(named), LEDGER_BUCKET: ledgerBucket };
}
