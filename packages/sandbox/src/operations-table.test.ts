import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ec2Operations } from './ec2/operations.ts';
import { iamOperations } from './iam/operations.ts';
import { lambdaOperations } from './lambda/operations.ts';
import type { Operations } from './operation.ts';
import { s3Operations } from './s3/operations.ts';
import { snsOperations } from './sns/operations.ts';
import { stsOperations } from './sts/operations.ts';

const services: readonly (readonly [string, Operations])[] = [
  ['EC2', ec2Operations],
  ['IAM', iamOperations],
  ['Lambda', lambdaOperations],
  ['S3', s3Operations],
  ['SNS', snsOperations],
  ['STS', stsOperations],
];
const page = fileURLToPath(new URL('../../../docs/sandbox.md', import.meta.url));
const begin = '<!-- operations: made by `vitest run -u packages/sandbox/src/operations-table.test.ts` -->';
const end = '<!-- end of operations -->';

function table(): string {
  const rows = services.flatMap(([service, operations]) =>
    Object.entries(operations)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { mutates, page: url }]) => `| ${service} | [${name}](${url}) | ${mutates ? 'yes' : ''} |`),
  );
  return ['| Service | Operation | Changes something |', '| --- | --- | --- |', ...rows].join('\n');
}

test('docs/sandbox.md lists every operation, with the page of AWS that it follows', async () => {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(begin);
  const [, after] = (rest ?? '').split(end);
  expect(after, 'the marks of the table').toBeDefined();
  await expect(`${before}${begin}\n\n${table()}\n\n${end}${after}`).toMatchFileSnapshot(page);
});

test('every operation names a page of AWS, and is the only one of its name', () => {
  for (const [service, operations] of services) {
    for (const [name, { page: url }] of Object.entries(operations)) {
      expect(url, `${service} ${name}`).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(url.toLowerCase(), `${service} ${name}`).toContain(name.toLowerCase());
    }
  }
});
