import { arnOf } from '@entity-lockdown/plugin-api';
import { describe, expect, test } from 'vitest';
import { resolve } from './resolve.ts';

const of = (text: string) => resolve({ text, arn: arnOf(text) });
const base = 'arn:aws:lambda:eu-west-1:111122223333:function:etl_1-a';

test.each(['aws eu-west-1', 'aws-cn cn-north-1', 'aws-us-gov us-gov-west-1'])('a function in %s', (place) => {
  const [partition = '', region = ''] = place.split(' ');
  const arn = `arn:${partition}:lambda:${region}:111122223333:function:etl`;
  expect(of(arn)).toEqual({
    key: `${partition}:111122223333:${region}:etl`,
    arn,
    partition,
    account: '111122223333',
    region,
    name: 'etl',
  });
});

test.each(['$LATEST', '$LATEST.PUBLISHED', '42', 'live'])(
  'a function by %s is the whole function, and it is said',
  (qualifier) => {
    expect(of(`${base}:${qualifier}`)).toEqual({
      ...of(base),
      note: `The whole function etl_1-a is meant, with all its versions and aliases, although ${qualifier} was named: reserved concurrency knows no versions.`,
    });
  },
);

describe('refused, with what to use', () => {
  test.each([
    ['arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:abc', /event source mapping/, /get-event-source-mapping/],
    ['arn:aws:lambda:eu-west-1:111122223333:layer:tools:3', /layer/, /list-functions/],
    ['arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-1', /code signing/, /by-code-signing-config/],
    ['arn:aws:lambda:eu-west-1:111122223333:capacity-provider:cp', /capacity provider/, /by-capacity-provider/],
    [`${base}:1/durable-execution/a/b`, /durable execution/, /stop-durable-execution/],
    ['arn:aws:lambda:eu-west-1:111122223333:etl', /no function/, /function:NAME/],
    ['arn:aws:lambda:eu-west-1:111122223333:constructor', /no function/, /function:NAME/],
    ['arn:aws:lambda:eu-west-1:111122223333:function', /ends before the name/, /function:NAME/],
    ['arn:aws:lambda:eu-west-1:111122223333:function:', /ends before the name/, /function:NAME/],
    ['arn:aws:lambda::111122223333:function:etl', /a Region and an account/, /function:NAME/],
    ['arn:aws:lambda:eu-west-1::function:etl', /a Region and an account/, /function:NAME/],
    ['arn:aws:lambda:eu-west-1:111122223333:function:*', /not the name/, /list-functions/],
    [`arn:aws:lambda:eu-west-1:111122223333:function:${'x'.repeat(65)}`, /not the name/, /list-functions/],
    [`${base}:`, /neither a version nor an alias/, /function:NAME/],
    [`${base}:1:2`, /neither a version nor an alias/, /function:NAME/],
    ['arn:aws:lambda:cn-north-1:111122223333:function:etl', /partition aws-cn/, /Check/],
  ])('%s', (arn, refused, instead) => {
    expect(of(arn)).toMatchObject({ refused: expect.stringMatching(refused), instead: expect.stringMatching(instead) });
  });
});
