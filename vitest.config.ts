import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { searchForSecrets } from './tooling/scenarios/src/secrets/plugin.ts';

/** The random walks take longest: begun last, they would keep one core busy while the other waits. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWalk = ({ moduleId }: TestSpecification) => moduleId.includes('/walks/');
    return [...files.filter(isWalk), ...(await super.sort(files.filter((file) => !isWalk(file))))];
  }
}

export default defineConfig({
  plugins: [searchForSecrets()],
  // Tests run against the sources of the workspace, never against a stale build.
  resolve: { conditions: ['@entity-lockdown/source'] },
  ssr: { resolve: { conditions: ['@entity-lockdown/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,apps,tooling}/*/src/**/*.test.ts'],
    exclude: ['**/*.moto.test.ts', '**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    // Left to itself, vitest keeps one core free, which is half of a small machine.
    maxWorkers: '100%',
  },
});
