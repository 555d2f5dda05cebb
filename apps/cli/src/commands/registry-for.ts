import type { Registry } from '@entity-lockdown/core';
import type { Running } from '../result.ts';
import { discoverPlugins } from '../settings/plugin-hosts.ts';

/** The plugins of a command: those of the host that runs it in this process, or those that are discovered. */
export async function registryFor(options: { readonly [name: string]: unknown }, { io }: Running): Promise<Registry> {
  return io.registry ?? (await discoverPlugins((options.pluginsFrom as readonly string[] | undefined) ?? [], io.env));
}
