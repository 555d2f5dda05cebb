import { describePlugin } from '@entity-lockdown/plugin-testkit';
import plugin from './index.ts';
import { worlds } from './testing/worlds.ts';

describePlugin(plugin, { worlds, package: new URL('../package.json', import.meta.url) });
