import { definePlugin, type Plugin } from '@entity-lockdown/plugin-api';
import { inspect } from './inspect.ts';
import { manifest } from './manifest.ts';
import { plan } from './plan.ts';
import { resolve } from './resolve.ts';
import { settings } from './settings.ts';
import { warnings } from './warnings.ts';

/** Contains Lambda functions: nothing starts them, their role may do nothing, and their queues keep their messages. */
const plugin: Plugin = definePlugin({
  manifest,
  resolve,
  inspect,
  plan,
  identify: (now, resource) => now.roles[resource]?.id || undefined,
  warnings,
  // A function that is given its messages before it is given its permissions fails on them, and loses them.
  release: [
    [
      'iam.role.conditional-deny',
      'iam.role.conditional-managed-deny',
      'iam.principal.inline-deny',
      'iam.principal.attached-deny',
      'iam.principal.boundary',
    ],
    { wait: 10, why: 'IAM takes some seconds to give the permissions back everywhere' },
    'lambda.function.reserved-concurrency',
    'lambda.function.provisioned-concurrency',
    'lambda.event-source-mapping.enabled',
  ],
  settings,
});

export default plugin;
