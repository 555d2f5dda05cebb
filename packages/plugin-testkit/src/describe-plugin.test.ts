import { describePlugin } from './describe-plugin.ts';
import { queuePlugin } from './testing/queue-plugin.ts';
import { queueOptions } from './testing/queue-worlds.ts';

describePlugin(queuePlugin, queueOptions);
