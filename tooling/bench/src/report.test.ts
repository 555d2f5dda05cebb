import { expect, test } from 'vitest';
import { measured } from './budgets.ts';
import { withFigures } from './document.ts';
import { type Counted, overBudget, slowStarts } from './report.ts';
import { table } from './table.ts';

function counts(count: number): Counted['s3'] {
  const each = measured.map((of) => [of, { count, calls: [] }] as const);
  return Object.fromEntries(each) as unknown as Counted['s3'];
}

test('what is over its budget is named, with both figures', () => {
  expect(overBudget({ folder: counts(2), s3: counts(2) })).toEqual([]);
  expect(overBudget({ folder: counts(2), s3: counts(5) })).toEqual([
    'first deny on an IAM user, S3 ledger: 5 round trips, at most 2 are allowed',
    'first deny on an IAM role, S3 ledger: 5 round trips, at most 2 are allowed',
    'from the end of the dwell to isolation, S3 ledger: 5 round trips, at most 4 are allowed',
  ]);
});

test('a type whose bundle takes more than half as long as the clients of the reference is named', () => {
  const start = (type: string, median: number) => {
    const times = { ours: { median, least: 1 }, reference: { median: 200, least: 200 } };
    return { type, times: { loaded: times, account: times, service: times } };
  };
  expect(slowStarts([start('IAM user', 100), start('EC2 instance', 101)])).toEqual([
    'cold start of the responder, EC2 instance: 0.51 of the reference, at most 0.5 is allowed',
  ]);
  expect(slowStarts([start('IAM user', Number.NaN)])).toHaveLength(1);
});

test('columns are in line', () => {
  expect(table(['what', 'ms'], [['node', '23'], ['a command']])).toBe(
    ['| what      | ms  |', '| --------- | --- |', '| node      | 23  |', '| a command |     |'].join('\n'),
  );
});

test('figures are written between the marks, and nothing else is touched', () => {
  const marks = ['<!-- Figures: written by `pnpm bench`. -->', '<!-- End of the figures. -->'] as const;
  const document = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  expect(withFigures(document, 'new')).toBe(`before\n${marks[0]}\n\nnew\n\n${marks[1]}\nafter\n`);
  expect(() => withFigures('no marks', 'new')).toThrow('needs the lines');
});
