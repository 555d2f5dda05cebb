/**
 * Who is named as a principal in the Allow statements of a trust policy (percent-encoded, as GetRole answers it). For warnings alone:
 * conditions are not looked at, and what cannot be read names nobody.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function trustedBy(encoded: string | undefined): readonly string[] {
  try {
    const { Statement } = JSON.parse(decodeURIComponent(encoded ?? '')) as { Statement?: unknown };
    const allowed = listed(Statement).filter((each) => isRecord(each) && each.Effect === 'Allow');
    return [...new Set(allowed.flatMap((each) => (isRecord(each) ? named(each.Principal) : [])))];
  } catch {
    return [];
  }
}

function named(principal: unknown): readonly string[] {
  const values = isRecord(principal) ? Object.values(principal).flatMap(listed) : [principal];
  return values.filter((value) => typeof value === 'string');
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
