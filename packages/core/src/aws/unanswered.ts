/** Codes of Node.js where no request has left this machine, or reached that one. https://nodejs.org/api/errors.html#common-system-errors */
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
]);

/** Answers of a gateway in AWS's place: the request may have gone on behind it. */
const gateway: ReadonlySet<number> = new Set([502, 504]);

/** What the SDK puts on the errors that it makes of answers. */
interface Answered {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** Whether the endpoint could not be reached at all: nothing can have taken effect. */
export function isUnreachable(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && unreachable.has(code);
}

/** Whether a call ended without an answer of AWS: it may have taken effect, or may yet. */
export function isUnanswered(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || isUnreachable(error)) return false;
  if ((error as Error).name === 'DeadlineExceeded') return false;
  const { $metadata, $response } = error as Answered;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return status === undefined || gateway.has(status);
}
