export { type Arrived, type Attribute, type Content, type Message, messagesOf, type Unreadable } from './arrived.ts';
export type { Finding, FoundEntity, FoundReference, Part, Unsupported } from './findings/finding.ts';
export { type ContainRule, type FindingRules, faultOfRules } from './findings/rules.ts';
export type { Severity, SeverityWord } from './findings/severity.ts';
export { type FindingOptions, findingsFrom } from './findings.ts';
export {
  type Intake,
  type Notice,
  type NoticeCode,
  neutralAnswer,
  type RefusalCode,
  type Refused,
  type Request,
} from './intake.ts';
export { requestsFrom } from './request.ts';
export { Sealed } from './sealed.ts';
export type { Secret } from './secret.ts';
