import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { synthesize } from '@entity-lockdown/infra';
import { type SessionCredentials, startMoto } from '@entity-lockdown/moto';
import type { Account } from '../accounts.ts';
import { valuesOf } from './documented.ts';
import { home, type Organization, organization } from './organization.ts';
import { sessionWith } from './people.ts';
import { manifests } from './plugins.ts';
import { responderZip } from './responder-zip.ts';
import { clone } from './shell.ts';

/** The people for whom the documents of a deployment that is there are written. */
export type DeployedPerson = 'administrator' | 'analyst' | 'lead';

/** Somebody who reads them in a clone, with the deployment beside it. */
export interface DeployedReader {
  readonly organized: Organization;
  /** What stands in capitals, as far as the outputs of the stack say. */
  readonly values: { readonly [name: string]: string };
  /** What commands print, if all of them end well. */
  said(person: DeployedPerson, commands: string): Promise<string>;
  /** The mails since the last time, to one of those who get them all. */
  mails(): readonly { readonly kind: string | undefined; readonly body: string }[];
  stop(): Promise<void>;
}

export async function deployedReader(secret: string): Promise<DeployedReader> {
  const moto = await startMoto();
  const zip = responderZip();
  const organized = await organization({ moto, manifests, zip, parameters: { RequestExternalId: secret } });
  const { security, outputs, parts } = organized;
  const people: { readonly [person in DeployedPerson]: SessionCredentials } = {
    administrator: security.credentials,
    analyst: await sessionWith(security, 'Analyst', outputs.RequestPolicyArn),
    lead: await sessionWith(security, 'IncidentLead', outputs.ReleasePolicyArn),
  };
  const here = clone();
  const templates = join(here.folder, 'apps/infra/dist/templates');
  mkdirSync(templates, { recursive: true });
  const { securityAccount } = synthesize(manifests, createHash('sha256').update(readFileSync(zip)).digest('hex'));
  writeFileSync(join(templates, 'entity-lockdown.template.json'), JSON.stringify(securityAccount));
  let read = 0;
  return {
    organized,
    values: { ...valuesOf(outputs), SECRET: secret, ANALYST_ROLE: 'Analyst' },
    async said(person, commands) {
      const place = { endpoint: moto.endpoint, region: home, credentials: people[person], ahead: parts.ahead() };
      const { code, out, err } = await here.run(place, commands);
      if (code !== 0) throw new Error(`${commands}\nended with ${code}: ${out}${err}`);
      return out;
    },
    mails() {
      const all = parts.mails.filter(({ to }) => to === 'lead@example.com');
      const found = all.slice(read).map(({ attributes, body }) => ({ kind: attributes.kind?.Value, body }));
      read = all.length;
      return found;
    },
    async stop() {
      parts.stop();
      await moto.stop();
    },
  };
}

/** The user of the documents, with an access key. */
export async function makeMallory({ endpoint, credentials }: Account): Promise<void> {
  const iam = new IAMClient({ endpoint, credentials, region: home });
  await iam.send(new CreateUserCommand({ UserName: 'mallory' }));
  await iam.send(new CreateAccessKeyCommand({ UserName: 'mallory' }));
}

export async function isMalloryOut({ endpoint, credentials }: Account): Promise<boolean> {
  const iam = new IAMClient({ endpoint, credentials, region: home });
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'mallory' }));
  return AccessKeyMetadata.every(({ Status }) => Status === 'Inactive');
}
