import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '@entity-lockdown/infra';
import { python } from '@entity-lockdown/moto';
import { expect, test } from 'vitest';
import { manifests } from './testing/plugins.ts';

/** What cfn-lint would have otherwise, and why it is as it is. */
const argued = {
  W3005: "The CDK writes down that the function needs its role, which the reference to the role's ARN says already.",
};

const templates = synthesize(manifests, '0'.repeat(64));

/** cfn-lint comes with moto, in the version that its requirements pin. */
function lint(template: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'lint-')), 'template.json');
  writeFileSync(file, JSON.stringify(template));
  const main = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  const given = ['--regions', 'ALL_REGIONS', '--ignore-checks', ...Object.keys(argued), '--', file];
  const { stdout, stderr } = spawnSync(python, ['-c', main, ...given], { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

test('cfn-lint finds nothing in the template of the security account, in any Region', () => {
  expect(lint(templates.securityAccount)).toBe('');
});

test('cfn-lint finds nothing in the template of the member accounts, in any Region', () => {
  expect(lint(templates.memberAccount)).toBe('');
});

test('cfn-lint would find a fault', () => {
  const wrong = JSON.parse(JSON.stringify(templates.memberAccount).replaceAll('"RoleName"', '"RoleNme"')) as object;
  expect(lint(wrong)).toContain('RoleNme');
});
