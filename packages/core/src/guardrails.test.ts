import { describe, expect, test } from 'vitest';
import { mayBeProtected, type ProtectedPattern, refusalFor } from './guardrails.ts';

const account = '111122223333';
const now = Date.parse('2026-11-02T03:04:05Z');
const user = { arn: `arn:aws:iam::${account}:user/team/responder`, account, partition: 'aws' };
const session = { arn: `arn:aws:sts::${account}:assumed-role/lockdown/run-1`, account, partition: 'aws' };
const iam = (resource: string, of = account, partition = 'aws'): string => `arn:${partition}:iam::${of}:${resource}`;

const codeFor = (arn: string, rules: readonly ProtectedPattern[] = [], more: object = {}) =>
  refusalFor({ arn, ...more }, [user, session], { protected: rules }, now)?.code;

describe('who acts', () => {
  test.each([
    ['the user, with its path', iam('user/team/responder')],
    ['the user, without its path', iam('user/responder')],
    ['the user, in another case: IAM names differ in more', iam('user/team/Responder')],
    ['the user, in a target with a part', `${iam('user/responder')}#AKIAIOSFODNN7EXAMPLE`],
    ['the role of the session', iam('role/lockdown')],
    ['the role of the session, whose path no session tells', iam('role/security/lockdown')],
  ])('%s is refused', (_, arn) => {
    expect(codeFor(arn)).toBe('own-identity');
  });

  test.each([
    ['a role of the user’s name', iam('role/responder')],
    ['a user of the role’s name', iam('user/lockdown')],
    ['a user named like a segment of the path', iam('user/team')],
    ['a role named like the session', iam('role/run-1')],
    ['the same name in another account', iam('role/lockdown', '444455556666')],
    ['the same name in another partition', iam('role/lockdown', account, 'aws-cn')],
    ['a role of another service', `arn:aws:toy::${account}:role/lockdown`],
    ['a function of that name', `arn:aws:lambda:eu-west-1:${account}:function:lockdown`],
  ])('%s is not', (_, arn) => {
    expect(codeFor(arn)).toBeUndefined();
  });
});

describe('the protected list', () => {
  const rule = (pattern: string, more: Partial<ProtectedPattern> = {}): ProtectedPattern => ({
    pattern,
    owner: 'platform',
    ...more,
  });

  test('says who protects it, why, and until when', () => {
    const rules = [rule(iam('role/break-glass'), { reason: 'the way back in', until: '2026-12-01T00:00:00Z' })];
    const refusal = refusalFor({ arn: iam('role/break-glass') }, [], { protected: rules }, now);
    expect(refusal).toMatchObject({ code: 'protected', transient: false, next: expect.stringContaining('Ask platform') });
    expect(refusal?.message).toMatch(/protected by platform \(the way back in\).*until 2026-12-01/);
  });

  test('protection ends at its time', () => {
    const until = (offset: number) => [rule(iam('role/x'), { until: new Date(now + offset).toISOString() })];
    expect(codeFor(iam('role/x'), until(1))).toBe('protected');
    expect(codeFor(iam('role/x'), until(0))).toBeUndefined();
  });

  test('a pattern stands for whole parts: it protects neither more nor less', () => {
    const rules = [rule(iam('role/prod-*', '*'))];
    expect(codeFor(iam('role/prod-db'), rules)).toBe('protected');
    expect(codeFor(iam('role/prod-db', '444455556666'), rules)).toBe('protected');
    expect(codeFor(iam('role/nonprod-db'), rules)).toBeUndefined();
    expect(codeFor(iam('user/prod-db'), rules)).toBeUndefined();
  });

  test('a path in the pattern counts where the path of the suspect is known', () => {
    const rules = [rule(iam('role/security/audit'))];
    expect(codeFor(iam('role/security/audit'), rules)).toBe('protected');
    expect(codeFor(iam('role/audit'), rules)).toBeUndefined();
  });

  test('where the path or the case may be another, a look must come before anything is denied', () => {
    const may = (resource: string, pattern: string, account?: string) => {
      const named = { key: 'k', arn: iam(resource, account), partition: 'aws', account: '111122223333', region: '', name: 'n' };
      return mayBeProtected(named, { protected: [rule(pattern)] }, now);
    };
    expect(may('role/audit', iam('role/security/audit'))).toBe(true);
    expect(may('user/other/audit', 'arn:aws:iam::*:*/security/audit')).toBe(true);
    expect(may('user/root2', iam('user/Root2'))).toBe(true);
    expect(may('role/anything', iam('role/security/*'))).toBe(true);
    expect(may('role/anything', 'arn:aws:iam::*:*')).toBe(true);
    expect(may('role/other', iam('role/security/audit'))).toBe(false);
    expect(may('role/audit', iam('role/security/audit'), '444455556666')).toBe(false);
    expect(may('role/audit', iam('user/security/audit'))).toBe(false);
  });

  test('a protection that has ended holds up nothing', () => {
    const named = { key: 'k', arn: iam('role/audit'), partition: 'aws', account, region: '', name: 'audit' };
    const may = (until: number) =>
      mayBeProtected(named, { protected: [rule(iam('role/x/audit'), { until: new Date(until).toISOString() })] }, now);
    expect([may(now + 1), may(now)]).toEqual([true, false]);
  });

  test('what is no user or role has one ARN: the list itself decides', () => {
    const arn = `arn:aws:lambda:eu-west-1:${account}:function/x/pay`;
    const named = { key: 'k', arn, partition: 'aws', account, region: 'eu-west-1', name: 'pay' };
    expect(mayBeProtected(named, { protected: [rule('arn:aws:lambda:*:*:function/y/pay')] }, now)).toBe(false);
    expect(mayBeProtected({ ...named, arn: 'pay' }, { protected: [rule('arn:aws:iam::*:*')] }, now)).toBe(false);
  });

  test('the caller is told before the list', () => {
    expect(codeFor(iam('role/lockdown'), [rule(iam('role/*'))])).toBe('own-identity');
  });
});

test('what is no ARN is no principal', () => {
  expect(codeFor('EntityLockdown')).toBeUndefined();
  expect(codeFor('EntityLockdown', [{ pattern: 'arn:*:*:*:*:*', owner: 'platform' }])).toBeUndefined();
});
