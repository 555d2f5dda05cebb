/** Where the ledger of a process under test is. */
export type LedgerPlace =
  | { readonly folder: string }
  /** In a bucket of the same moto. */
  | { readonly bucket: string; readonly prefix: string };

/** When a process ends itself: right after its n-th write was answered, by AWS or by the ledger. */
export interface KillPoint {
  readonly after: 'aws' | 'ledger';
  readonly count: number;
}

export interface LockdownSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly ledger: LedgerPlace;
  /** A role to assume in the entity's account; without it, the credentials serve their own. */
  readonly roleName?: string;
  readonly externalId?: string;
  /** `test` and `test` where they are left out: the root of moto's first account. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /**
   * A file that holds how far the clock is turned, in milliseconds. With it, waits turn the clock and take no time; processes that
   * follow one another share it.
   */
  readonly clockFile?: string;
  /** How often the SDK tries a call. */
  readonly maxAttempts?: number;
  /** The longest that one attempt of a call may take, in milliseconds. */
  readonly attemptMs?: number;
  readonly kill?: KillPoint;
}

/** What a process does. */
export type Job =
  | {
      readonly do: 'contain';
      readonly arn: string;
      readonly incident?: string;
      readonly options?: { readonly [name: string]: unknown };
    }
  | { readonly do: 'release'; readonly target: string; readonly incident?: string; readonly allHolds?: boolean };
