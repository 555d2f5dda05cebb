import type { Logger } from '@aws-lambda-powertools/logger';
import type { Failure } from '@entity-lockdown/core';

/** What the responder uses of the logger of Powertools. */
export interface Log {
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
}

/** Powertools has `message` for the text, and drops it as a field. */
export interface LogFields {
  readonly [field: string]: string | undefined;
  readonly message?: never;
}

/** A failure as fields of a log entry. */
export function failureFields({ code, message, action, on }: Failure): { readonly [field: string]: string } {
  return { code, failure: message, ...(action !== undefined && { action }), ...(on !== undefined && { on }) };
}

/** Powertools' logger takes its fields in many forms; ours are of one. */
export function logTo(logger: Logger): Log {
  return {
    info: (text, fields) => logger.info(text, { ...fields }),
    warn: (text, fields) => logger.warn(text, { ...fields }),
    error: (text, fields) => logger.error(text, { ...fields }),
  };
}
