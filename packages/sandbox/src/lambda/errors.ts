import type { AwsError } from '../operation.ts';
import { awsError } from '../operation.ts';

// https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html, and the page of each operation.

export function invalidValue(message: string): AwsError {
  return awsError('InvalidParameterValueException', message, 400);
}

export function conflict(message: string): AwsError {
  return awsError('ResourceConflictException', message, 409);
}

export function notFound(message: string): AwsError {
  return awsError('ResourceNotFoundException', message, 404);
}

export function invalidRequest(member: string, value: string): AwsError {
  return awsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint`,
    400,
  );
}
