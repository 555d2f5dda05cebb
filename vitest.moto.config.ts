import { defineConfig } from 'vitest/config';
import { searchForSecrets } from './tooling/scenarios/src/secrets/plugin.ts';

/** The tests over HTTP against moto. They need Python, which `pnpm test:moto` prepares. */
export default defineConfig({
  plugins: [searchForSecrets()],
  resolve: { conditions: ['@entity-lockdown/source'] },
  ssr: { resolve: { conditions: ['@entity-lockdown/source', 'node', 'default'] } },
  test: {
    include: ['{packages,apps,tooling}/*/src/**/*.moto.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file has a server of its own, which takes as much of a core as the tests do.
    maxWorkers: 2,
  },
});
