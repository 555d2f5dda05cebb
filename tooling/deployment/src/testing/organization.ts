import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { synthesize, type Templates } from '@entity-lockdown/infra';
import type { Moto } from '@entity-lockdown/moto';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { build } from 'esbuild';
import { type Account, administrator } from '../accounts.ts';
import { type BetweenParts, betweenParts } from '../between-parts.ts';
import { deploy, type Outputs, type Parameters } from '../stack.ts';
import { zipOf } from '../zip.ts';

/** The security account, and two whose entities are contained. */
export const ids = { security: '111122223333', workload: '444455556666', other: '123456789012' } as const;
export const home = 'us-east-1';
export const elsewhere = 'eu-central-1';

export interface Organization {
  readonly security: Account;
  readonly workload: Account;
  readonly other: Account;
  readonly outputs: Outputs;
  readonly parts: BetweenParts;
}

export interface OrganizationOptions {
  readonly moto: Moto;
  readonly manifests: readonly Manifest[];
  readonly zip: string;
  readonly parameters?: Parameters;
  /** Changes the templates before they are deployed, so that a test can leave something out. */
  readonly change?: (templates: Templates) => Templates;
  readonly second?: number;
}

/** Three accounts with the templates deployed, and policies enforced from then on. */
export async function organization(options: OrganizationOptions): Promise<Organization> {
  const { moto, zip, parameters, second, change = (same) => same } = options;
  const bytes = readFileSync(zip);
  const templates = change(synthesize(options.manifests, createHash('sha256').update(bytes).digest('hex')));
  const [security, workload, other] = await Promise.all([
    administrator(moto.endpoint, ids.security),
    administrator(moto.endpoint, ids.workload),
    administrator(moto.endpoint, ids.other),
  ]);
  const s3 = new S3Client({ endpoint: moto.endpoint, region: home, credentials: security.credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'responder.zip', Body: bytes }));
  const outputs = await deploy(security, home, 'entity-lockdown', templates.securityAccount, {
    CodeBucket: 'code',
    CodeKey: 'responder.zip',
    AuditEmail1: 'soc@example.com',
    AuditEmail2: 'lead@example.com',
    ReleasePrincipals: `arn:aws:iam::${ids.security}:role/IncidentLead`,
    ...parameters,
  });
  for (const account of [workload, other]) {
    await deploy(account, home, 'entity-lockdown-member', templates.memberAccount, {
      ResponderRoleArn: outputs.ResponderRoleArn ?? '',
      ExternalId: outputs.ExternalId ?? '',
      ReleasePrincipals: `arn:aws:iam::${ids.security}:role/IncidentLead`,
    });
  }
  await moto.enforcePolicies(true);
  const parts = await betweenParts({
    account: security,
    region: home,
    functionName: outputs.ResponderFunction ?? '',
    zip,
    ...(second !== undefined && { second }),
  });
  return { security, workload, other, outputs, parts };
}

/** The stand-in for the responder, as a zip. */
export async function handlerZip(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'handler-'));
  await build({
    entryPoints: [join(import.meta.dirname, 'handler.ts')],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const zip = join(folder, 'responder.zip');
  zipOf(zip, [join(folder, 'index.mjs')]);
  return zip;
}

/** A role whose deny can be looked for. */
export async function suspect({ id, endpoint, credentials }: Account, name: string): Promise<string> {
  const iam = new IAMClient({ endpoint, credentials, region: home });
  await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }) }),
  );
  return `arn:aws:iam::${id}:role/${name}`;
}
