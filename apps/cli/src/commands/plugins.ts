import type { Result, Running } from '../result.ts';
import { bold, dim } from '../text/paint.ts';
import { registryFor } from './registry-for.ts';

/** Lists the plugins that are discovered, their versions, and where each comes from. */
export async function plugins(options: { readonly [name: string]: unknown }, running: Running): Promise<Result> {
  const registry = await registryFor(options, running);
  return {
    exitCode: registry.plugins.length === 0 ? 1 : 0,
    json: {
      plugins: registry.plugins.map(({ manifest, package: from }) => ({
        type: manifest.id,
        title: manifest.title,
        package: from.name,
        version: from.version,
        ...(from.location !== undefined && { location: from.location }),
        options: manifest.options ?? {},
      })),
    },
    show(out) {
      if (registry.plugins.length === 0) out.line('No plugin is installed: nothing can be contained.');
      for (const { manifest, package: from } of registry.plugins) {
        out.line(bold(manifest.title.padEnd(20)), manifest.id);
        out.line('  ', `${from.name}@${from.version}`, dim(from.location === undefined ? '' : `  ${from.location}`));
      }
    },
  };
}
