/**
 * The code of an error that AWS answered, without the `Exception` that some SDK classes add: `NoSuchEntity`, `AccessDenied`.
 * Undefined for what is not an error of AWS.
 */
export function awsErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, Code } = error as { name?: unknown; Code?: unknown };
  const code = typeof Code === 'string' ? Code : name;
  return typeof code === 'string' ? code.replace(/Exception$/, '') : undefined;
}

/** Whether AWS refused for want of permission. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function isAccessDenied(error: unknown): boolean {
  return denials.has(awsErrorCode(error) ?? '');
}

const denials: ReadonlySet<string> = new Set(['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError']);
