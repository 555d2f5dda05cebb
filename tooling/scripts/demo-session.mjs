// The recorded session of the demo in README.md, from the demo itself. After a build. Its seconds are counted, not measured, but which
// of several calls comes first may change them a little: they are left out of the comparison.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { keep, root } from './markdown.mjs';

const lockdown = join(root, 'node_modules/.bin/lockdown');
const said = execFileSync(lockdown, ['demo'], {
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
});
const withoutSeconds = (text) => text.replaceAll(/ *\d+\.\d\d s\b/g, ' N s').replaceAll(/\d+ calls to AWS/g, 'N calls to AWS');

keep(
  join(root, 'README.md'),
  'demo',
  `\`\`\`console\n$ node_modules/.bin/lockdown demo\n${said.trim()}\n\`\`\``,
  (a, b) => withoutSeconds(a) === withoutSeconds(b),
);
