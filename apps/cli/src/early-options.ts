/** What must be known of the arguments before they can be read in full: flags come from plugins, and errors must know their form. */
export interface EarlyOptions {
  readonly json: boolean;
  /** Whether flags of plugins are among the options of the command. */
  readonly takesPluginFlags: boolean;
  readonly pluginsFrom: readonly string[];
}

export function earlyOptions(argv: readonly string[]): EarlyOptions {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  return {
    json: before.includes('--json'),
    takesPluginFlags: before.slice(0, 2).some((word) => word === 'plan' || word === 'contain' || word === 'request'),
    pluginsFrom: before.flatMap((word, at) => {
      if (word.startsWith('--plugins-from=')) return [word.slice('--plugins-from='.length)];
      const value = before[at + 1];
      return word === '--plugins-from' && value !== undefined ? [value] : [];
    }),
  };
}
