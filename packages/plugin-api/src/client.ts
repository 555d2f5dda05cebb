/** What every client of the AWS SDK for JavaScript v3 has, in every version, so that plugins may bring their own. */
export interface AwsClient {
  readonly config: object;
  readonly middlewareStack: object;
  destroy(): void;
}

/** A client class, such as `IAMClient`. */
export type AwsClientClass<C extends AwsClient> = new (...args: never) => C;
