import type { AwsError } from '../operation.ts';
import { awsError } from '../operation.ts';

// Codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

export function missingParameter(name: string): AwsError {
  return awsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidValue(message: string): AwsError {
  return awsError('InvalidParameterValue', message);
}

export function invalidCombination(message: string): AwsError {
  return awsError('InvalidParameterCombination', message);
}

export function notPermitted(message: string): AwsError {
  return awsError('OperationNotPermitted', message);
}

export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}
