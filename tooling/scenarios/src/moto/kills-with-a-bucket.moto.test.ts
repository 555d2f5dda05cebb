import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { type Moto, startMoto } from '@entity-lockdown/moto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gather } from '../secrets/gathered.ts';
import { region } from './account.ts';
import { killEverywhere } from './kill-points.ts';
import type { Ledgers } from './scene.ts';

const bucket = 'ledger-of-lockdown';
let moto: Moto;
let s3: S3Client;
beforeAll(async () => {
  moto = await startMoto();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  s3 = new S3Client({ endpoint: moto.endpoint, region, credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => moto.stop());

let ledgers = 0;
const inBucket: Ledgers = {
  async make() {
    const prefix = `ledger-${++ledgers}`;
    return {
      place: { bucket, prefix },
      // It goes with its server; what is in it is searched before, as a folder's files are.
      remove: async () => gather('record', await textUnder(`${prefix}/`)),
    };
  },
};

async function textUnder(Prefix: string): Promise<string> {
  const texts: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix }))
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      texts.push(Key ?? '', (await Body?.transformToString()) ?? '');
    }
  return texts.join('\n');
}

test('with its ledger in a bucket, a process killed after any write is followed by one that finishes', async () => {
  expect(await killEverywhere(moto.endpoint, 'role', inBucket)).toBeGreaterThan(15);
}, 300_000);
