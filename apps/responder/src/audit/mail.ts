/** What a mail is about. Subscribers filter by it: never rename one. */
export type MailKind = 'started' | 'contained' | 'partial' | 'failed' | 'refused' | 'released' | 'dead-letter' | 'finding';

/** A mail to everybody on the audit list. */
export interface Mail {
  readonly kind: MailKind;
  /** A record, or a message with its entity: at most one mail of a kind is sent for each. */
  readonly about: string;
  readonly subject: string;
  readonly body: string;
  readonly attributes: MailAttributes;
}

/** The same for machines, and for filters of subscriptions. What is empty is left out. */
export interface MailAttributes {
  readonly type?: string;
  /** The entity, for whoever waits for what became of it. */
  readonly arn?: string;
  /** The id that the publisher was answered, where the mail is about that one message. */
  readonly message?: string;
  readonly account?: string;
  readonly region?: string;
  readonly record?: string;
  readonly outcome?: string;
}
