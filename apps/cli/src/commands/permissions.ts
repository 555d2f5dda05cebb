import { type PolicyDocument, type PolicyScope, policyFor, shown } from '@entity-lockdown/core';
import { isAccountId, isPartition, isRegion, type Manifest } from '@entity-lockdown/plugin-api';
import type { Result, Running } from '../result.ts';
import { printableJson } from '../text/printable.ts';
import { usageError } from '../usage-error.ts';
import { registryFor } from './registry-for.ts';

interface PermissionOptions {
  readonly for: 'contain' | 'release' | 'both';
  readonly type?: readonly string[];
  readonly account?: string;
  readonly partition?: string;
  readonly region?: string;
}

/** Prints the least IAM policy of the role, or the user, that Entity Lockdown acts as. */
export async function permissions(options: { readonly [name: string]: unknown }, running: Running): Promise<Result> {
  const { for: purpose, type = [], ...place } = options as unknown as PermissionOptions;
  const registry = await registryFor(options, running);
  const manifests = registry.plugins.map(({ manifest }) => manifest);
  for (const id of type) {
    if (!manifests.some((manifest) => manifest.id === id))
      throw usageError(
        `There is no plugin for ${shown(id)}.`,
        `Give one of: ${manifests.map((manifest) => manifest.id).join(', ')}.`,
      );
  }
  const chosen = manifests.filter(({ id }) => type.length === 0 || type.includes(id));
  const policy = policyOf(chosen, purpose, scopeOf(place));
  return {
    exitCode: 0,
    json: { for: purpose, types: chosen.map(({ id }) => id), policy },
    // The policy alone: it goes into a file, or to the AWS CLI.
    show: (out) => out.raw(`${printableJson(policy)}\n`),
  };
}

function policyOf(manifests: readonly Manifest[], purpose: PermissionOptions['for'], scope: PolicyScope): PolicyDocument {
  if (purpose !== 'both') return policyFor(manifests, purpose, scope);
  // What either needs: each grant counts as one for containing.
  const either = manifests.map((manifest) => ({
    ...manifest,
    grants: manifest.grants.map((grant) => ({ ...grant, sessions: ['contain'] as const })),
  }));
  return policyFor(either, 'contain', scope);
}

function scopeOf({ account, partition, region }: Pick<PermissionOptions, 'account' | 'partition' | 'region'>): PolicyScope {
  if (account !== undefined && !isAccountId(account))
    throw usageError(`${shown(account)} is not an account id.`, 'Give its twelve digits.');
  if (partition !== undefined && !isPartition(partition))
    throw usageError(`${shown(partition)} is not an AWS partition.`, 'Give aws, aws-cn, aws-us-gov or the like.');
  if (region !== undefined && !isRegion(region))
    throw usageError(`${shown(region)} is not an AWS Region.`, 'Give one such as us-east-1.');
  return { ...(account && { account }), ...(partition && { partition }), ...(region && { region }) };
}
