import type { Finding } from './findings/finding.ts';

/** What a message comes to: a request to contain, something to tell people, or a refusal. */
export type Intake = Request | Notice | Refused;

/** A request to contain one entity; its fields are those of the core's `ContainRequest`. */
export interface Request {
  readonly kind: 'request';
  readonly arn: string;
  /** Option values by the names in the plugins' manifests; not checked against them here. */
  readonly options: { readonly [name: string]: string | number };
  /** Absent where the message names none. */
  readonly incident?: string;
  readonly reason?: string;
  /** The same for the same request however often it is delivered: handled once, it is handled. */
  readonly message: string;
  /** Who asks, as far as it is known, in words. */
  readonly by: string;
  /** The finding that it comes from, with all entities that it names, contained or not. */
  readonly finding?: Finding;
}

/** A finding that contains nothing: people are told. */
export interface Notice {
  readonly kind: 'notify';
  readonly finding: Finding;
  readonly code: NoticeCode;
  /** Why nothing is contained, in a sentence. */
  readonly why: string;
  readonly message: string;
  readonly by: string;
}

export type NoticeCode =
  /** No rule says to contain for it. */
  | 'no-rule'
  /** A rule or a click says so, and the finding names nobody that can be contained. */
  | 'nobody'
  /** A rule says so, and who acted is of another account than the finding. */
  | 'other-account'
  /** Archived, suppressed or resolved. */
  | 'closed'
  | 'sample'
  /** It is about what this responder does. */
  | 'own-role'
  /** Somebody clicked, and clicks are configured to notify. */
  | 'clicks-off';

export interface Refused {
  readonly kind: 'refused';
  /** A stable name for machines. */
  readonly code: RefusalCode;
  /** For those who audit: what was wrong, in a sentence. Never with the value that was given for the secret. */
  readonly reason: string;
  /**
   * For whoever asked. Where the secret was wrong or missing, it is `neutralAnswer`, whatever else was wrong: the answer tells nobody
   * whether the secret was right, nor what exists.
   */
  readonly answer: string;
  /** Which message it was; absent where what arrived was none. */
  readonly message?: string;
  readonly topic?: string;
}

export type RefusalCode =
  | 'unreadable'
  | 'not-authenticated'
  | 'no-arn'
  | 'not-an-arn'
  | 'too-many'
  | 'contradiction'
  | 'bad-body'
  | 'bad-incident'
  | 'bad-options'
  | 'secret-misplaced'
  | 'not-a-finding'
  | 'unsupported-event';

/** The one answer to a wrong secret and to an entity that is not known. */
export const neutralAnswer = 'Nothing was contained: the request was not accepted, or names no entity that is known here.';
