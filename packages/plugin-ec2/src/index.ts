import { definePlugin, type Plugin } from '@entity-lockdown/plugin-api';
import { identify, inspect } from './inspect.ts';
import { manifest } from './manifest.ts';
import { plan } from './plan.ts';
import { resolve } from './resolve.ts';
import { settings } from './settings.ts';
import { warnings } from './warnings.ts';

/** Contains EC2 instances: no traffic, no permissions by its role, and no loss of evidence. */
const plugin: Plugin = definePlugin({
  manifest,
  resolve,
  inspect,
  plan,
  identify,
  warnings,
  // An instance that is given its network before it is given its permissions fails in ways that nobody has seen before.
  release: [
    [
      'iam.role.conditional-deny',
      'iam.role.conditional-managed-deny',
      'iam.principal.inline-deny',
      'iam.principal.attached-deny',
      'iam.principal.boundary',
    ],
    { wait: 10, why: 'IAM takes some seconds to give the permissions back everywhere' },
    'ec2.network-interface.groups',
    ['ec2.instance.termination-protection', 'ec2.instance.stop-protection', 'ec2.instance.shutdown-behavior'],
    'ec2.security-group.present',
  ],
  settings,
});

export default plugin;
