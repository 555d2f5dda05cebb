import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { registry } from './registry.ts';
import { environment } from './testing/deployment.ts';

interface Output {
  readonly inputs: { readonly [file: string]: object };
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
  readonly entryPoint?: string;
}

const folders = { first: mkdtempSync(join(tmpdir(), 'bundle-')), second: mkdtempSync(join(tmpdir(), 'bundle-')) };
const script = join(import.meta.dirname, '../bundle.mjs');
let outputs: { readonly [file: string]: Output };

beforeAll(() => {
  execFileSync(process.execPath, [script, folders.first]);
  outputs = JSON.parse(readFileSync(join(folders.first, 'metafile.json'), 'utf8')).outputs;
}, 60_000);

/** The sources that are run when a file is loaded, before anything is asked for. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const output = outputs[file];
  const found = new Set(Object.keys(output?.inputs ?? {}));
  seen.add(file);
  for (const { path, kind } of output?.imports ?? [])
    if (kind === 'import-statement' && !seen.has(path)) for (const input of loadedWith(path, seen)) found.add(input);
  return found;
}

function fileOf(entry: RegExp): string {
  return Object.entries(outputs).find(([, { entryPoint = '' }]) => entry.test(entryPoint))?.[0] ?? '';
}

test('what is loaded at the start has no plugin and no client of what plugins contain', () => {
  const inputs = [...loadedWith(fileOf(/apps\/responder\/src\/handler\.ts$/))];
  expect(inputs.some((input) => input.includes('client-s3'))).toBe(true);
  expect(inputs.filter((input) => /packages\/plugin-(?!api)|iam-deny|client-(ec2|iam|lambda)\b/.test(input))).toEqual([]);
});

test.each([
  ['plugin-iam-user', ['iam']],
  ['plugin-iam-role', ['iam']],
  ['plugin-lambda', ['iam', 'lambda']],
  ['plugin-ec2', ['ec2', 'iam']],
])('%s is loaded by itself, with its own clients alone', (plugin, clients) => {
  const inputs = [...loadedWith(fileOf(new RegExp(`packages/${plugin}/src/index\\.ts$`)))];
  const found = new Set(inputs.flatMap((input) => /client-(ec2|iam|lambda)\b/.exec(input)?.[1] ?? []));
  expect([...found].toSorted()).toEqual(clients);
  expect(
    inputs.filter((input) => /packages\/plugin-/.test(input) && !input.includes(plugin) && !input.includes('plugin-api')),
  ).toEqual([]);
});

test('of the schemas of EC2 only those are in the bundle that the plugin uses', () => {
  const text = Object.keys(outputs)
    .map((file) => readFileSync(join(folders.first, 'bundle', basename(file)), 'utf8'))
    .join('\n');
  expect(text.includes('DescribeNetworkInterfacesRequest')).toBe(true);
  expect(text.includes('CreateVpcRequest')).toBe(false);
});

test('no module of Node.js is imported: of each, only what is used is loaded', () => {
  expect(Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external))).toEqual([]);
});

test('of the ways to come by credentials only that of a function is in the bundle', () => {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const found = new Set(inputs.flatMap((input) => /credential-provider-(\w+)\/dist/.exec(input)?.[1] ?? []));
  expect([...found].toSorted()).toEqual(['env', 'node']);
});

test('what is in the bundle is kept because it is used: no package is there in its form for require() that has one of ES modules', () => {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  expect(inputs.filter((input) => /@(smithy|aws-sdk)\/.*\/dist-cjs\//.test(input))).toEqual([]);
});

test('all plugins of the registry are in the bundle', () => {
  const entries = Object.values(outputs).filter(({ entryPoint = '' }) =>
    /packages\/plugin-[^/]+\/src\/index\.ts$/.test(entryPoint),
  );
  expect(entries.length).toBe(registry.plugins.length);
});

test('the same sources make the same zip, and its hash stands beside it', () => {
  execFileSync(process.execPath, [script, folders.second], { env: { ...process.env, TZ: 'Asia/Tokyo' } });
  const [first, second] = [folders.first, folders.second].map((folder) => readFileSync(join(folder, 'responder.zip')));
  expect(first?.equals(second ?? Buffer.of())).toBe(true);
  expect(readFileSync(join(folders.first, 'responder.zip.sha256'), 'utf8')).toMatch(/^[0-9a-f]{64} {2}responder\.zip\n$/);
}, 60_000);

test('the bundle runs in a process of its own', () => {
  const program = `
    import { handler } from ${JSON.stringify(join(folders.first, 'bundle/index.mjs'))};
    const answer = await handler({ Records: [{ eventSource: 'aws:sqs', messageId: 'm', receiptHandle: 'r', body: 'poison' }] });
    process.stdout.write('answer ' + JSON.stringify(answer));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: {
      ...environment,
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'none',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      POWERTOOLS_SERVICE_NAME: 'responder',
      POWERTOOLS_METRICS_NAMESPACE: 'EntityLockdown',
    },
  });
  expect(stdout).toContain('answer {"batchItemFailures":[{"itemIdentifier":"m"}]}');
  const logged = `${stdout}${stderr}`;
  expect(logged).toContain('"message":"a message of the queue is none of the responder"');
  expect(logged).toContain('"service":"responder"');
  expect(logged).not.toContain('reserved key');
}, 60_000);
