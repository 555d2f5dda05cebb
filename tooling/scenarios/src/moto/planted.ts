import { secretMark } from '@entity-lockdown/sandbox';

/** Secrets that are planted where Entity Lockdown meets them. Whatever it says or stores in a run of the tests is searched for them. */
export const planted = {
  externalId: `${secretMark}-external-id`,
  environment: `${secretMark}-environment`,
  userData: Buffer.from(`${secretMark}-user-data`).toString('base64'),
} as const;
