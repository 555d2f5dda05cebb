import { awsErrorCode } from '@entity-lockdown/plugin-api';
import { StoreFault, type StoreFaultCode } from './object-store.ts';

/** The HTTP status that AWS answered. Undefined where it answered nothing. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { $metadata?: { httpStatusCode?: unknown } } | undefined)?.$metadata?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Whether S3 said that it did not do what was asked. An error of the server, or no answer at all, leaves that open.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function wasRefused(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 300 && status < 500;
}

/** Says in a sentence what S3's error means for the ledger, and what to do. */
export function s3Fault(error: unknown, location: string, bucket: string, unanswered: boolean): StoreFault {
  const code = awsErrorCode(error) ?? 'no error code';
  const [fault, message, next] = meanings[code] ?? byStatus(statusOf(error), code);
  return new StoreFault(fault, `the ledger in ${location} ${message}`, next.replaceAll('BUCKET', bucket), {
    cause: error,
    unanswered,
  });
}

type Meaning = readonly [code: StoreFaultCode, message: string, next: string];

function byStatus(status: number | undefined, code: string): Meaning {
  if (status === 403) return denied;
  if (status === undefined || status >= 500) return ['unreachable', `gave no answer (${code})`, retry];
  return ['unreachable', `refused the request (${code})`, 'Look at the bucket and its policy, then try again.'];
}

const retry = 'Look at the network and at --endpoint-url, then try again: it goes on where it stopped.';

const denied: Meaning = [
  'no-permission',
  'may not be used with these credentials',
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: without s3:ListBucket an object that is not there is a 403.
  'Allow s3:GetObject, s3:PutObject and s3:DeleteObject on arn:aws:s3:::BUCKET/*, and s3:ListBucket on arn:aws:s3:::BUCKET; look at the bucket policy, its KMS key and the expected owner as well.',
];
const credentials: Meaning = [
  'no-permission',
  'did not accept the credentials',
  'Renew the credentials (aws sso login, or --profile), then try again.',
];
const elsewhere: Meaning = ['unsuitable', 'is in another Region', 'Name the Region of the bucket BUCKET with --region.'];

const meanings: { readonly [code: string]: Meaning } = {
  AccessDenied: denied,
  Forbidden: denied,
  AllAccessDisabled: denied,
  CredentialsProviderError: credentials,
  ExpiredToken: credentials,
  InvalidAccessKeyId: credentials,
  InvalidToken: credentials,
  SignatureDoesNotMatch: credentials,
  RequestTimeTooSkewed: ['unreachable', 'says that the clock of this machine is wrong', 'Set the clock, then try again.'],
  NoSuchBucket: [
    'unsuitable',
    'is not there: no such bucket',
    'Create the bucket BUCKET, or name another with --ledger s3://BUCKET/PREFIX.',
  ],
  PermanentRedirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraint: elsewhere,
  NotImplemented: [
    'unsuitable',
    'does not know conditional writes',
    'Use a bucket of Amazon S3, or another store that has them.',
  ],
  ConditionalRequestConflict: ['unreachable', 'was too busy to write', 'Try again: it goes on where it stopped.'],
  OperationAborted: ['unreachable', 'was too busy to write', 'Try again: it goes on where it stopped.'],
};
