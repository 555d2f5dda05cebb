import { expect, test } from 'vitest';
import { holds } from './condition.ts';

const context = new Map<string, readonly string[]>([
  ['one', ['alice']],
  ['arn', ['arn:aws:ec2:eu-west-1:111122223333:instance/i-1']],
  ['many', ['a', 'b']],
  ['number', ['5']],
  ['date', ['2026-01-01T00:00:00Z']],
  ['flag', ['false']],
  ['none', []],
]);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
test.each<[string, string, string[], boolean]>([
  ['stringequals', 'one', ['bob', 'alice'], true],
  ['stringequals', 'one', ['ALICE'], false],
  ['stringequals', 'one', ['al*'], false],
  ['stringequalsignorecase', 'one', ['ALICE'], true],
  ['stringnotequals', 'one', ['bob', 'carol'], true],
  ['stringnotequals', 'one', ['bob', 'alice'], false],
  ['stringlike', 'one', ['al?ce'], true],
  ['stringnotlike', 'one', ['al*'], false],
  ['arnequals', 'arn', ['arn:aws:ec2:*:111122223333:instance/i-1'], true],
  ['arnlike', 'arn', ['arn:aws:ec2:eu-west-1:111122223333:instance/i-2'], false],
  ['arnnotequals', 'arn', ['arn:aws:ec2:eu-west-1:111122223333:instance/i-2'], true],
  ['bool', 'flag', ['false'], true],
  ['bool', 'flag', ['true'], false],
  ['numericlessthan', 'number', ['6'], true],
  ['numericgreaterthanequals', 'number', ['6'], false],
  ['datelessthan', 'date', ['2026-01-01T00:00:01Z'], true],
  ['datelessthan', 'date', ['1767225600'], false],
  ['dategreaterthanequals', 'date', ['1767225600'], true],
  // A key that is not there.
  ['stringequals', 'absent', ['x'], false],
  ['stringnotequals', 'absent', ['x'], true],
  ['arnequals', 'absent', ['arn:aws:ec2:*:*:*'], false],
  ['stringequalsifexists', 'absent', ['x'], true],
  ['stringequalsifexists', 'one', ['x'], false],
  ['null', 'absent', ['true'], true],
  ['null', 'one', ['true'], false],
  ['null', 'one', ['false'], true],
  ['null', 'none', ['true'], true],
  ['null', 'absent', ['True'], true],
  ['null', 'one', ['true', 'false'], true],
  // Sets. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
  ['forallvalues:stringequals', 'many', ['a', 'b', 'c'], true],
  ['forallvalues:stringequals', 'many', ['a'], false],
  ['forallvalues:stringequals', 'absent', ['a'], true],
  ['foranyvalue:stringequals', 'many', ['b'], true],
  ['foranyvalue:stringequals', 'many', ['c'], false],
  ['foranyvalue:stringequals', 'absent', ['a'], false],
  ['foranyvalue:stringequalsifexists', 'absent', ['a'], false],
  ['foranyvalue:stringlike', 'many', ['*'], true],
])('%s of %s and %j: %s', (operator, key, values, expected) => {
  expect(holds({ operator, key, values }, context, false, true)).toBe(expected);
});

test('an operator that is not known never allows and always denies', () => {
  const condition = { operator: 'stringalmost', key: 'one', values: ['alice'] };
  expect(holds(condition, context, false, true)).toBe(false);
  expect(holds(condition, context, true, true)).toBe(true);
});
