import type { Logger } from '@aws-lambda-powertools/logger';
import type { Failure } from '@entity-lockdown/core';

/** What the responder uses of the logger of Powertools. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** A failure as fields of a log entry. */
export function failureFields({ code, message, action, on }: Failure): { readonly [field: string]: string } {
  return { code, failure: message, ...(action !== undefined && { action }), ...(on !== undefined && { on }) };
}
