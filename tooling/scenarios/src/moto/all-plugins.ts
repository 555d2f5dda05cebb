import type { Registry } from '@entity-lockdown/core';
import type { Manifest, Plugin } from '@entity-lockdown/plugin-api';
import ec2 from '@entity-lockdown/plugin-ec2';
import iamRole from '@entity-lockdown/plugin-iam-role';
import iamUser from '@entity-lockdown/plugin-iam-user';
import lambda from '@entity-lockdown/plugin-lambda';

const registered = (plugin: Plugin): Registry['plugins'][number] => ({
  manifest: plugin.manifest satisfies Manifest,
  package: { name: `plugin of ${plugin.manifest.id}`, version: '0.0.0' },
  load: async () => plugin,
});

export const allPlugins: Registry = { plugins: [iamUser, iamRole, lambda, ec2].map(registered) };
