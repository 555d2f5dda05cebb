import type { Grant, Manifest } from '@entity-lockdown/plugin-api';
import { expect, test } from 'vitest';
import { policyFor, sessionPolicy } from './policy.ts';
import { toyManifest } from './testing/toy-plugin.ts';

const grant = (more: Partial<Grant>): Grant => ({
  sessions: ['contain', 'release'],
  actions: ['toy:Look'],
  resources: ['*'],
  why: 'x',
  ...more,
});
const manifest = (...grants: readonly Grant[]): Manifest => ({ ...toyManifest, grants });
const user = 'arn:{partition}:toy:{region}:{account}:box/{name}';

test('one statement for each set of resources and conditions; actions sorted, each once', () => {
  const conditions = { StringEquals: { 'aws:ResourceTag/x': '1' } };
  const { Statement } = policyFor(
    [
      manifest(grant({ actions: ['toy:Set', 'toy:Look'] }), grant({ resources: [user] })),
      manifest(grant({ actions: ['toy:Look', 'toy:Add'] }), grant({ resources: [user], conditions })),
    ],
    'contain',
    {},
  );
  const on = 'arn:*:toy:*:*:box/*';
  expect(Statement).toEqual([
    { Effect: 'Allow', Action: ['toy:Add', 'toy:Look', 'toy:Set'], Resource: ['*'] },
    { Effect: 'Allow', Action: ['toy:Look'], Resource: [on] },
    { Effect: 'Allow', Action: ['toy:Look'], Resource: [on], Condition: conditions },
  ]);
});

test('nothing that only the other purpose needs is granted', () => {
  const both = manifest(
    grant({ sessions: ['contain'], actions: ['toy:Cut'] }),
    grant({ sessions: ['release'], actions: ['toy:Mend'] }),
  );
  expect(policyFor([both], 'contain', {}).Statement.flatMap(({ Action }) => Action)).toEqual(['toy:Cut']);
  expect(policyFor([both], 'release', {}).Statement.flatMap(({ Action }) => Action)).toEqual(['toy:Mend']);
});

test('what another resource means as well is left out, and statements that are the same then are one', () => {
  const paths = ['arn:aws:iam::1:role/{name}', 'arn:aws:iam::1:role/*/{name}'];
  const grants = [
    grant({ actions: ['toy:Look'], resources: paths }),
    grant({ actions: ['toy:Set'], resources: [paths[0] ?? ''] }),
  ];
  const statements = (scope: object) => policyFor([manifest(...grants)], 'contain', scope).Statement;
  expect(statements({})).toEqual([{ Effect: 'Allow', Action: ['toy:Look', 'toy:Set'], Resource: ['arn:aws:iam::1:role/*'] }]);
  expect(statements({ name: 'red' }).map(({ Resource }) => Resource)).toEqual([
    ['arn:aws:iam::1:role/*/red', 'arn:aws:iam::1:role/red'],
    ['arn:aws:iam::1:role/red'],
  ]);
});

test('templates are filled in; what is not known is any', () => {
  const resources = (scope: object) =>
    policyFor([manifest(grant({ resources: [user] }))], 'contain', scope).Statement[0]?.Resource;
  expect(resources({ partition: 'aws-cn', account: '111122223333', region: 'cn-north-1', name: 'red' })).toEqual([
    'arn:aws-cn:toy:cn-north-1:111122223333:box/red',
  ]);
  expect(resources({ partition: 'aws' })).toEqual(['arn:aws:toy:*:*:box/*']);
});

test('a session policy is narrowed by resources as long as STS takes it, and by actions alone beyond', () => {
  const scope = { partition: 'aws', account: '111122223333' };
  const short = sessionPolicy(manifest(grant({ resources: [user] })), 'contain', scope);
  expect(short).toContain('arn:aws:toy:*:111122223333:box/*');
  const many = Array.from({ length: 30 }, (_, index) => grant({ actions: [`toy:A${index}`], resources: [`${user}/${index}`] }));
  const long = sessionPolicy(manifest(...many), 'contain', scope);
  expect(long.length).toBeLessThanOrEqual(2_048);
  const { Statement } = JSON.parse(long) as { Statement: { Action: string[]; Resource: string }[] };
  expect(Statement).toHaveLength(1);
  expect(Statement[0]?.Action).toHaveLength(30);
  expect(Statement[0]?.Resource).toBe('*');
});

test('one that is narrowed by actions alone has the actions of its purpose, and no others', () => {
  const grants = Array.from({ length: 30 }, (_, index) =>
    grant({
      sessions: [index % 2 === 0 ? 'contain' : 'release'],
      actions: [`toy:A${index}`],
      resources: [`${user}/${'x'.repeat(200)}/${index}`],
    }),
  );
  for (const [purpose, rest] of [
    ['contain', 0],
    ['release', 1],
  ] as const) {
    const { Statement } = JSON.parse(sessionPolicy(manifest(...grants), purpose, {})) as { Statement: { Action: string[] }[] };
    expect(Statement).toHaveLength(1);
    expect(new Set(Statement[0]?.Action)).toEqual(new Set(grants.flatMap(({ actions }, at) => (at % 2 === rest ? actions : []))));
  }
});

test('a session policy of exactly the length that STS takes keeps its resources, one character more does not', () => {
  const of = (length: number) => sessionPolicy(manifest(grant({ resources: ['x'.repeat(length)] })), 'contain', {});
  const room = 2_048 - of(0).length;
  expect(of(room)).toHaveLength(2_048);
  expect(of(room)).toContain('xxx');
  expect(of(room + 1)).not.toContain('xxx');
});
