import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import type { TestProject, Vitest } from 'vitest/node';
import type { Report } from './gathered.ts';
import { judge } from './judge.ts';
import { searchFiles } from './search-files.ts';
import { searchOutput } from './search-output.ts';

/**
 * Searches all that a run of the tests says and writes for planted secrets. The run fails where one is found, and where there was nothing
 * to search.
 */
export function searchForSecrets(): Plugin {
  let run: { readonly vitest: Vitest; readonly project: TestProject } | undefined;
  return {
    name: 'search-for-secrets',
    config() {
      const folder = fs.mkdtempSync(join(tmpdir(), 'entity-lockdown-tests-'));
      // A test lets another user into its own folders.
      fs.chmodSync(folder, 0o711);
      for (const name of ['tmp', 'removed']) fs.mkdirSync(join(folder, name));
      // For the workers, and for all that they start.
      process.env.TMPDIR = join(folder, 'tmp');
      process.env.SECRET_SEARCH_FOLDER = folder;
      const printed = searchOutput([process.stdout, process.stderr]);
      process.on('exit', () => {
        const written = ['tmp', 'removed'].map((name) => searchFiles(join(folder, name)));
        const reports = readReports(join(folder, 'reports'));
        fs.rmSync(folder, { recursive: true, force: true });
        if (run === undefined) return;
        const testFiles = filesRun(run.vitest);
        const found = [...printed.found, ...written.flatMap((each) => each.found)];
        const files = written.reduce((sum, each) => sum + each.files, 0);
        const gathered = { reports, testFiles, outputs: printed.pieces, files, found };
        for (const fault of judge(gathered, isWhole(run.vitest, run.project, testFiles))) {
          process.stderr.write(`Search for planted secrets: ${fault}\n`);
          process.exitCode = 1;
        }
      });
      return { test: { setupFiles: [fileURLToPath(new URL('setup.ts', import.meta.url))] } };
    },
    configureVitest(context) {
      run = context;
    },
  };
}

function readReports(path: string): readonly Report[] {
  if (!fs.existsSync(path)) return [];
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Report);
}

function filesRun(vitest: Vitest): number {
  return vitest.state.getFiles().filter(({ result }) => result?.state === 'pass' || result?.state === 'fail').length;
}

/** Whether all tests were run, and not some that were chosen. */
function isWhole(vitest: Vitest, { config }: TestProject, testFiles: number): boolean {
  const all = fs.globSync(config.include, { cwd: config.root, exclude: config.exclude });
  return vitest.config.testNamePattern === undefined && testFiles >= all.length;
}
