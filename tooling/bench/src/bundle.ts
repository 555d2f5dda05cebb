import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A containment of one entity type as one bundle. */
export interface Bundle {
  /** The file to run. */
  readonly file: string;
  /** All its chunks together. */
  readonly bytes: number;
}

const begun = fileURLToPath(import.meta.resolve('./bundled/contain-until-first-call.ts'));

/**
 * Bundles the core, the S3 ledger and one plugin with the SDK clients that it needs, as a Lambda function would be: ES modules, split
 * where something is loaded only when it is needed, minified.
 *
 * @param plugin the package of the plugin
 * @param arn what is contained
 */
export async function bundleContainment(plugin: string, arn: string, folder: string): Promise<Bundle> {
  mkdirSync(folder, { recursive: true });
  const result = await build({
    stdin: {
      contents: `
        import plugin from '${plugin}';
        import { containUntilFirstCall } from ${JSON.stringify(begun)};
        await containUntilFirstCall(plugin, '${arn}');
      `,
      loader: 'ts',
      resolveDir: import.meta.dirname,
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    entryNames: 'contain',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Without it the CommonJS builds of the SDK are taken, which neither split nor shrink.
    mainFields: ['module', 'main'],
    conditions: ['@entity-lockdown/source'],
    // Chunks of CommonJS ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'error',
  });
  const outputs = Object.values(result.metafile.outputs);
  return { file: join(folder, 'contain.mjs'), bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0) };
}
