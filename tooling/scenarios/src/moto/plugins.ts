import type { Registry } from '@entity-lockdown/core';
import type { Plugin } from '@entity-lockdown/plugin-api';

type Module = Promise<{ readonly default: Plugin }>;

const modules: { readonly [service: string]: () => readonly Module[] } = {
  iam: () => [import('@entity-lockdown/plugin-iam-user'), import('@entity-lockdown/plugin-iam-role')],
  lambda: () => [import('@entity-lockdown/plugin-lambda')],
  ec2: () => [import('@entity-lockdown/plugin-ec2')],
};

/** The plugins for one service's ARNs, or all. A process that ends soon loads no client that it does not need. */
export async function plugins(arn?: string): Promise<Registry> {
  const service = arn?.split(':')[2];
  const wanted = Object.entries(modules).filter(([name]) => service === undefined || name === service);
  const loaded = await Promise.all(wanted.flatMap(([, load]) => load()));
  return {
    plugins: loaded.map(({ default: plugin }) => ({
      manifest: plugin.manifest,
      package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
      load: async () => plugin,
    })),
  };
}
