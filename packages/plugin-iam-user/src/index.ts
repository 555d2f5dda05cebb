import { definePlugin, type Plugin } from '@entity-lockdown/plugin-api';
import { inspect } from './inspect.ts';
import { manifest } from './manifest.ts';
import { immediate, plan, release } from './plan.ts';
import { resolve } from './resolve.ts';
import { settings } from './settings.ts';
import { warnings } from './warnings.ts';

/** Contains IAM users: whoever acts as the user may do nothing, and its credentials are inactive. */
const plugin: Plugin = definePlugin({
  manifest,
  resolve,
  immediate,
  inspect,
  plan,
  identify: ({ principal }, resource) => (principal.on === resource && principal.exists ? principal.id : undefined),
  warnings,
  release,
  settings,
});

export default plugin;
