import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

// Which package may import which. Arrows of the architecture as a test: what is not listed is not allowed.

const root = join(import.meta.dirname, '../../..');
const scope = '@entity-lockdown/';

/** Run-time dependencies among our packages. */
const allowed: { readonly [name: string]: readonly string[] } = {
  'plugin-api': [],
  core: ['plugin-api'],
  intake: ['plugin-api'],
  sandbox: [],
  'iam-deny': ['plugin-api'],
  'plugin-iam-user': ['plugin-api', 'iam-deny'],
  'plugin-iam-role': ['plugin-api', 'iam-deny'],
  'plugin-lambda': ['plugin-api', 'iam-deny'],
  'plugin-ec2': ['plugin-api', 'iam-deny'],
  'plugin-testkit': ['plugin-api', 'core', 'sandbox'],
  cli: ['plugin-api', 'core', 'sandbox'],
  // Its registry is generated: it imports the plugins among its dependencies, each when it is asked for.
  responder: ['plugin-api', 'core', 'intake', 'plugin-iam-user', 'plugin-iam-role', 'plugin-lambda', 'plugin-ec2'],
  constructs: ['plugin-api', 'core'],
  infra: ['plugin-api', 'core', 'constructs'],
};

const packages = globSync('{packages,apps}/*/package.json', { cwd: root }).map((file) => {
  const manifest = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
    name: string;
    dependencies?: object;
    peerDependencies?: object;
  };
  return { folder: join(root, dirname(file)), name: manifest.name.replace(scope, ''), manifest };
});

/** The packages that the shipped sources of a folder import. */
function importsOf(folder: string): ReadonlySet<string> {
  const sources = globSync('src/**/*.ts', { cwd: folder }).filter(
    (file) => !/(\.test\.ts|fixture\.ts|\/testing\/.*)$/.test(file),
  );
  const found = new Set<string>();
  for (const file of sources) {
    const text = readFileSync(join(folder, file), 'utf8');
    const statements = [
      /^(?:import|export) [^';]*\bfrom '([^'.][^']*)';$/gm,
      /^import '([^'.][^']*)';$/gm,
      /\bimport\('([^'.][^']*)'\)/g,
    ];
    for (const [, from = ''] of statements.flatMap((statement) => [...text.matchAll(statement)])) found.add(from);
  }
  return found;
}

test('every package is placed in the architecture', () => {
  expect(packages.map(({ name }) => name).toSorted()).toEqual(Object.keys(allowed).toSorted());
});

test.each(packages)('$name imports only what it may', ({ folder, name }) => {
  const ours = [...importsOf(folder)]
    .filter((from) => from.startsWith(scope))
    .map((from) => from.slice(scope.length).split('/')[0] ?? '');
  expect(ours.filter((from) => from !== name && !allowed[name]?.includes(from))).toEqual([]);
});

test.each(packages)('$name declares what it imports at run time', ({ folder, name, manifest }) => {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const used = [...importsOf(folder)]
    .filter((from) => !from.startsWith('node:'))
    .map((from) =>
      from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  expect(used.filter((from) => from !== `${scope}${name}` && !declared.includes(from))).toEqual([]);
});

test('the contract needs nothing at run time, no AWS client and no Node API', () => {
  const contract = packages.find(({ name }) => name === 'plugin-api');
  expect(contract?.manifest.dependencies).toBeUndefined();
  expect([...importsOf(contract?.folder ?? '')]).toEqual([]);
});

test('the intake is pure: nothing of Node but the comparison of the secret', () => {
  const intake = packages.find(({ name }) => name === 'intake');
  expect([...importsOf(intake?.folder ?? '')].toSorted()).toEqual(['@entity-lockdown/plugin-api', 'node:crypto']);
});

test('nothing but an app names a plugin', () => {
  const naming = packages.filter(({ manifest }) =>
    Object.keys({ ...manifest.dependencies }).some((name) => /^@entity-lockdown\/plugin-(?!api$|testkit$)/.test(name)),
  );
  expect(naming.map(({ name }) => name).toSorted()).toEqual(['cli', 'infra', 'responder']);
});

test('the core names no entity type', () => {
  const core = packages.find(({ name }) => name === 'core')?.folder ?? '';
  const sources = globSync('src/**/*.ts', { cwd: core }).filter((file) => !file.endsWith('.test.ts'));
  const naming = sources.filter((file) =>
    /aws\.(iam|lambda|ec2)\.|client-(iam|lambda|ec2)|plugin-(iam|lambda|ec2)/.test(readFileSync(join(core, file), 'utf8')),
  );
  expect(naming).toEqual([]);
});
