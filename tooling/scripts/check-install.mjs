// The first step of every root script. pnpm installs by itself before it runs a script, but only warns when that fails and runs
// the script all the same; without this check the first sign would be a "command not found" further on.
import { existsSync } from 'node:fs';

const missing = ['turbo', 'vitest', 'tsc', 'node'].filter(
  (bin) => !existsSync(new URL(`../../node_modules/.bin/${bin}`, import.meta.url)),
);
if (missing.length > 0) {
  console.error(`The dependencies are not installed (missing: ${missing.join(', ')}).`);
  console.error('Look above for the reason, then run: npx --yes pnpm@12 install');
  process.exit(1);
}
