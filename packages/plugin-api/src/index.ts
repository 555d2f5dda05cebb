export {
  type Arn,
  type ArnFault,
  arnOf,
  formatArn,
  iamName,
  iamRegion,
  isAccountId,
  isArnFault,
  isPartition,
  isRegion,
  isRegionOf,
  matchesArn,
  parseArn,
  partitionOfRegion,
  partOf,
  resourceOf,
} from './arn.ts';
export { awsErrorCode, isAccessDenied } from './aws-error.ts';
export { bool, type Check, type CheckResult, nullOr, oneOf, passes, text, texts, whole } from './check.ts';
export type { AwsClient, AwsClientClass } from './client.ts';
export { type Json, sameJson } from './json.ts';
export type { Grant, Manifest, Option } from './manifest.ts';
export {
  type Change,
  type ChangeOf,
  type Context,
  type Definition,
  definePlugin,
  type Entity,
  isPlugin,
  type Known,
  type Observed,
  type Plugin,
  type Reference,
  type Refusal,
  type Setting,
  type Settings,
  type Stage,
  type Target,
  type Undo,
  type ValueOf,
  type Warning,
} from './plugin.ts';
export { isUnavailable, unavailable } from './unavailable.ts';
