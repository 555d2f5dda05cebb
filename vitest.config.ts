import { defineConfig } from 'vitest/config';
import { searchForSecrets } from './tooling/scenarios/src/secrets/plugin.ts';

export default defineConfig({
  plugins: [searchForSecrets()],
  // Tests run against the sources of the workspace, never against a stale build.
  resolve: { conditions: ['@entity-lockdown/source'] },
  ssr: { resolve: { conditions: ['@entity-lockdown/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,apps,tooling}/*/src/**/*.test.ts'],
    exclude: ['**/*.moto.test.ts', '**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
  },
});
