export {
  type AwsAccess,
  type AwsAccessOptions,
  type CallerIdentity,
  createAwsAccess,
  type Place,
  type Session,
  sessionNameFor,
} from './aws/access.ts';
export { type ClientAttempts, clientAttempts } from './aws/client-attempts.ts';
export type { CreateClient } from './aws/client-pool.ts';
export { type AwsCall, commandName } from './aws/guarded-client.ts';
export { lockdownRetryStrategy } from './aws/retry.ts';
export { isUnanswered } from './aws/unanswered.ts';
export { type Clock, isoTime, systemClock } from './clock.ts';
export { discover, manifestFault } from './discovery.ts';
export { createDispatcher, type Dispatcher } from './dispatcher/dispatcher.ts';
export { type DriveOptions, drive } from './dispatcher/drive.ts';
export type {
  ContainRequest,
  Observer,
  PlannedChange,
  PlannedStage,
  PlanReport,
  Progress,
  ReleaseRequest,
} from './dispatcher/types.ts';
export type { Host } from './dispatcher/work.ts';
export { CouldNotLook, type Failure, failureOf, LockdownError } from './failure.ts';
export { type Guardrails, type ProtectedPattern, protectedFault, refusalFor } from './guardrails.ts';
export { archivedIds, keptInPlace } from './ledger/kept.ts';
export { callMs, leaseMs, type Owners } from './ledger/lease.ts';
export { createLedger, isRecordId, type Ledger } from './ledger/ledger.ts';
export {
  type ContainmentRecord,
  type EventKind,
  type Hold,
  type Next,
  type RecordEvent,
  type RecordState,
  type RecordTarget,
  type ReleaseOrder,
  type ReleaseOutcome,
  targetKey,
} from './ledger/record.ts';
export { isHeldByMessage, recordOfMessage } from './ledger/record-of-message.ts';
export { type OptionValues, optionsFor } from './options.ts';
export { type PolicyDocument, type PolicyScope, type Purpose, policyFor, sessionPolicy } from './policy.ts';
export { random } from './random.ts';
export { entityKey, type RegisteredPlugin, type Registry, type Resolved, resolve, shown } from './registry.ts';
export { shellWord } from './shell-word.ts';
export { type MemoryStoreOptions, memoryStore, type StoreCall } from './store/memory-store.ts';
export { type ObjectStore, StoreConflict, StoreDeadline, StoreFault } from './store/object-store.ts';
export { type TargetStanding, type Verification, type VerifiedTarget, verify } from './verify.ts';
