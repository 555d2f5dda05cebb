// The tables of what each role of the deployment may do, in docs/deploying.md, from the templates and the manifests. After a build.
import { join } from 'node:path';
import { synthesize } from '../../apps/infra/dist/index.js';
import { discover } from '../../packages/core/dist/index.js';
import { keep, root } from './markdown.mjs';

const page = join(root, 'docs/deploying.md');
const { plugins } = await discover([join(root, 'apps/infra')]);
const manifests = plugins.map(({ manifest }) => manifest);
const { securityAccount } = synthesize(manifests, '0'.repeat(64));

keep(page, 'responder role', responderTable());
keep(page, 'containment role', pluginTable('contain'));
keep(page, 'release role', pluginTable('release'));

/** The statements of the responder's role: what it is for is in their names. */
function responderTable() {
  const role = Object.values(securityAccount.Resources).find(
    ({ Properties }) => Properties?.RoleName === 'EntityLockdownResponder',
  );
  const rows = role.Properties.Policies[0].PolicyDocument.Statement.map(
    ({ Sid, Action, Resource }) => `| ${words(Sid)} | ${code([Action].flat())} | ${[Resource].flat().map(named).join(', ')} |`,
  );
  return ['| to | it may | on |', '|---|---|---|', ...rows].join('\n');
}

function words(sid) {
  return sid.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** A resource of a template, as a reader knows it. */
function named(resource) {
  if (typeof resource === 'string') return `\`${resource}\``;
  const text = JSON.stringify(resource);
  const [, id] = /"(?:Fn::GetAtt|Ref)":\[?"Lockdown(\w+?)[0-9A-F]{8}"/.exec(text) ?? [];
  if (id !== undefined) return `the ${id.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()}`;
  return `\`${resource['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : part.Ref.replace('AWS::', '').toUpperCase())).join('')}\``;
}

/** A row for each reason that a plugin gives; those that plugins share, once. */
function pluginTable(purpose) {
  const rows = new Map();
  for (const { title, grants } of manifests) {
    for (const grant of grants.filter(({ sessions }) => sessions.includes(purpose))) {
      const row = `${code(grant.actions)} | ${code(grant.resources)} | ${conditions(grant.conditions)} | ${grant.why}`;
      rows.set(row, [...(rows.get(row) ?? []), title]);
    }
  }
  const lines = [...rows].map(([row, titles]) => `| ${[...new Set(titles)].join(', ')} | ${row} |`);
  return ['| for | it may | on | if | why |', '|---|---|---|---|---|', ...lines].join('\n');
}

function conditions(given = {}) {
  return Object.entries(given)
    .flatMap(([operator, keys]) => Object.entries(keys).map(([key, value]) => `\`${key}\` ${operator} ${code([value].flat())}`))
    .join(', ');
}

function code(texts) {
  return texts.map((text) => `\`${text}\``).join(', ');
}
