import { expect, test } from 'vitest';
import { DeadlineExceeded } from '../failure.ts';
import { isUnanswered, isUnreachable } from './unanswered.ts';

const answered = (httpStatusCode: number): Error => Object.assign(new Error('x'), { $metadata: { httpStatusCode } });
const network = (code: string): Error => Object.assign(new Error('x'), { code });

test.each([
  ['a connection that was reset', network('ECONNRESET'), true],
  ['a time-out', Object.assign(new Error('x'), { name: 'TimeoutError' }), true],
  ['an answer of a gateway, 502', answered(502), true],
  ['an answer of a gateway, 504', answered(504), true],
  ['an answer of AWS, 500', answered(500), false],
  ['a refusal', answered(403), false],
  ['an answer that could not be read', Object.assign(new Error('x'), { $response: { statusCode: 200 } }), false],
  ['a connection that was refused: nothing has left', network('ECONNREFUSED'), false],
  ['a name that is not known', network('ENOTFOUND'), false],
  ['a call that was not begun', new DeadlineExceeded('x'), false],
  ['no error', undefined, false],
])('%s', (_, error, expected) => {
  expect(isUnanswered(error)).toBe(expected);
});

test('the endpoint is out of reach only where Node.js says so', () => {
  expect(isUnreachable(network('EAI_AGAIN'))).toBe(true);
  expect(isUnreachable(network('ECONNRESET'))).toBe(false);
  expect(isUnreachable(null)).toBe(false);
});
