/** What differs between accounts, or takes time. Change it with `configureLambda`. */
export interface LambdaOptions {
  /** A new function is `Pending` so long: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
  readonly creatingSeconds: number;
  /** A changed configuration is `InProgress` so long (same page). */
  readonly updatingSeconds: number;
  /** A mapping is `Creating`, `Enabling`, `Disabling`, `Updating` or `Deleting` so long. AWS names no figure. */
  readonly mappingSeconds: number;
  /** A minute or two: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html */
  readonly provisioningSeconds: number;
  /** All executions of an account in a Region: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  readonly concurrency: number;
  /** What must be left to functions that reserve nothing. 100, and 10 or 50 were seen in new accounts. */
  readonly unreservedMinimum: number;
  /**
   * Whether ListEventSourceMappings, asked for a function by its bare name, also lists the mappings of its versions and aliases.
   * No page of AWS says it. Without, whoever forgets the aliases leaves their mappings enabled.
   */
  readonly listsMappingsOfQualifiers: boolean;
  /** Items of a page where the caller names no `MaxItems`: 50 functions, or 100 mappings, at AWS. */
  readonly pageSize: number;
}

export const lambdaDefaults: LambdaOptions = {
  creatingSeconds: 3,
  updatingSeconds: 2,
  mappingSeconds: 5,
  provisioningSeconds: 90,
  concurrency: 1_000,
  unreservedMinimum: 100,
  listsMappingsOfQualifiers: false,
  pageSize: 50,
};

/** No transition takes time: for building worlds. */
export const lambdaAtOnce: Partial<LambdaOptions> = {
  creatingSeconds: 0,
  updatingSeconds: 0,
  mappingSeconds: 0,
  provisioningSeconds: 0,
};
