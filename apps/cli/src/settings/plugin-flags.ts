import type { Registry } from '@entity-lockdown/core';
import type { Manifest, Option } from '@entity-lockdown/plugin-api';
import { usageError } from '../usage-error.ts';

/** A flag made of the options of that name of all plugins. */
export interface PluginFlag {
  /** As plugins name it, and as it is written after `--`. */
  readonly name: string;
  readonly placeholder: string;
  readonly description: string;
}

/** The options of all plugins as flags, those of one name together; the description says for which types each is. */
export function pluginFlags(registry: Registry, taken: ReadonlySet<string>): readonly PluginFlag[] {
  const byName = new Map<string, { manifest: Manifest; option: Option }[]>();
  for (const { manifest, package: from } of registry.plugins) {
    for (const [name, option] of Object.entries(manifest.options ?? {})) {
      if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || taken.has(name))
        throw usageError(
          `The plugin ${from.name} has an option that cannot be a flag: ${name}.`,
          'Tell its author, or remove it.',
        );
      byName.set(name, [...(byName.get(name) ?? []), { manifest, option }]);
    }
  }
  return [...byName].map(([name, those]) => ({
    name,
    placeholder: those.every(({ option }) => option.kind === 'seconds') ? 'seconds' : name,
    description: those.map(({ manifest, option }) => `${manifest.title}: ${described(option)}`).join(' '),
  }));
}

function described(option: Option): string {
  const sentence = `${option.title.charAt(0).toLowerCase()}${option.title.slice(1)}`;
  if (option.kind === 'choice')
    return `${option.values.map((value) => (value === option.default ? `${value} (default)` : value)).join(' or ')}; ${sentence}.`;
  return `${option.least} to ${option.most} (default ${option.default}); ${sentence}.`;
}
