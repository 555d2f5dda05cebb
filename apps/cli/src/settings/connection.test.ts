import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, connectionFrom } from './connection.ts';

describe('how AWS is reached', () => {
  test('is what was said, and nothing else', () => {
    expect(connectionFrom({}, {})).toStrictEqual({});
    // The address of an endpoint without a port, and a Region and a path that are out of the ordinary.
    const said = {
      profile: 'break glass',
      region: 'us-gov-west-1',
      endpointUrl: 'http://localhost',
      roleName: 'team/a+b=c,d.e@f-g_h',
      externalId: 'ab',
    };
    expect(connectionFrom(said, {})).toStrictEqual(said);
  });

  test('by a role of the environment, where none was given and the variable is not empty', () => {
    expect(connectionFrom({}, { LOCKDOWN_ROLE_NAME: 'env' })).toStrictEqual({ roleName: 'env' });
    expect(connectionFrom({ roleName: 'given' }, { LOCKDOWN_ROLE_NAME: 'env' })).toStrictEqual({ roleName: 'given' });
    expect(connectionFrom({}, { LOCKDOWN_ROLE_NAME: '' })).toStrictEqual({});
    expect(() => connectionFrom({}, { LOCKDOWN_ROLE_NAME: 'a b' })).toThrow(/not the name of a role/);
  });

  test.each<[ConnectionOptions, RegExp]>([
    [{ region: 'europe' }, /"europe" is not an AWS Region/],
    [{ region: '' }, /"" is not an AWS Region/],
    [{ profile: '' }, /"" is not the name of a profile/],
    [{ profile: '-x' }, /"-x" is not the name of a profile/],
    [{ profile: 'a\nb' }, /is not the name of a profile/],
    [{ roleName: '' }, /"" is not the name of a role/],
    [{ roleName: '/leading' }, /is not the name of a role/],
    [{ roleName: 'x'.repeat(65) }, /is not the name of a role/],
    [{ roleName: 'arn:aws:iam::111122223333:role/x' }, /is not the name of a role/],
    [{ externalId: 'abcdef' }, /no role that it is for/],
    [{ endpointUrl: '' }, /is not the address of an endpoint/],
    [{ endpointUrl: 'nowhere' }, /is not the address of an endpoint/],
    [{ endpointUrl: 'ftp://host' }, /is not the address of an endpoint/],
    [{ endpointUrl: 'https://somebody@host' }, /is not the address of an endpoint/],
    [{ endpointUrl: 'https://:word@host' }, /is not the address of an endpoint/],
  ])('%j is refused', (options, sentence) => {
    expect(() => connectionFrom(options, {})).toThrow(sentence);
  });
});
