import type { BadCredentials } from './identity.ts';
import { type AwsError, awsError } from './operation.ts';

/**
 * How each service refuses credentials.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function credentialError(service: string, why: BadCredentials): AwsError {
  const { code, message, status } = (errors[service] ?? errors.iam)?.[why] ?? {
    code: 'AccessDenied',
    message: why,
    status: 403,
  };
  return awsError(code, message, status);
}

interface Words {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

const invalid = 'The security token included in the request is invalid.';
const expired = 'The security token included in the request is expired';

const errors: { readonly [service: string]: { readonly [why in BadCredentials]: Words } } = {
  iam: {
    unknown: { code: 'InvalidClientTokenId', message: invalid, status: 403 },
    expired: { code: 'ExpiredToken', message: expired, status: 403 },
  },
  ec2: {
    unknown: { code: 'AuthFailure', message: 'AWS was not able to validate the provided access credentials', status: 401 },
    expired: { code: 'RequestExpired', message: 'Request has expired.', status: 400 },
  },
  lambda: {
    unknown: { code: 'UnrecognizedClientException', message: invalid, status: 403 },
    expired: { code: 'ExpiredTokenException', message: expired, status: 403 },
  },
  s3: {
    unknown: {
      code: 'InvalidAccessKeyId',
      message: 'The AWS Access Key Id you provided does not exist in our records.',
      status: 403,
    },
    expired: { code: 'ExpiredToken', message: 'The provided token has expired.', status: 400 },
  },
};
