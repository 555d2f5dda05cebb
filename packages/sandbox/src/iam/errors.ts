import { type AwsError, awsError } from '../operation.ts';

// Codes and statuses: the Errors section of each operation's page, https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html

export function noSuchEntity(message: string): AwsError {
  return awsError('NoSuchEntity', message, 404);
}

export function alreadyExists(message: string): AwsError {
  return awsError('EntityAlreadyExists', message, 409);
}

export function limitExceeded(message: string): AwsError {
  return awsError('LimitExceeded', message, 409);
}

export function deleteConflict(message: string): AwsError {
  return awsError('DeleteConflict', message, 409);
}

export function malformedPolicy(message: string): AwsError {
  return awsError('MalformedPolicyDocument', message, 400);
}

export function invalidInput(message: string): AwsError {
  return awsError('InvalidInput', message, 400);
}

export function validationError(message: string): AwsError {
  return awsError('ValidationError', message, 400);
}

export function unmodifiable(role: string): AwsError {
  return awsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role}' - this role is only modifiable by AWS`,
    400,
  );
}
