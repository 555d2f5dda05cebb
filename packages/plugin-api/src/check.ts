/**
 * The synchronous part of the Standard Schema interface (https://standardschema.dev), so that zod, valibot or the small checks
 * below may describe a setting's value. A check is applied to what is loaded from the ledger, before it is written to AWS.
 */
export interface Check<V> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => CheckResult<V> | Promise<CheckResult<V>>;
    readonly types?: { readonly input: V; readonly output: V } | undefined;
  };
}

export type CheckResult<V> =
  | { readonly value: V; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

function check<V>(expected: string, accepts: (value: unknown) => boolean): Check<V> {
  return {
    '~standard': {
      version: 1,
      vendor: 'entity-lockdown',
      validate: (value) => (accepts(value) ? { value: value as V } : { issues: [{ message: `expected ${expected}` }] }),
    },
  };
}

/** Applies a check; answers whether the value passes. An asynchronous check is a mistake of its author and never passes. */
export function passes<V>(on: Check<V>, value: unknown): value is V {
  const result = on['~standard'].validate(value);
  return !(result instanceof Promise) && result.issues === undefined;
}

/** One of the values given. */
export function oneOf<const V extends string | number | boolean>(...values: readonly V[]): Check<V> {
  return check(values.map((value) => JSON.stringify(value)).join(' or '), (value) => values.includes(value as V));
}

/** `null`, or what the check given accepts. `null` is how a setting says "not there". */
export function nullOr<V>(inner: Check<V>): Check<V | null> {
  return {
    '~standard': {
      version: 1,
      vendor: 'entity-lockdown',
      validate: (value) => (value === null ? { value: null } : inner['~standard'].validate(value)),
    },
  };
}

/** Any text. */
export const text: Check<string> = check('a text', (value) => typeof value === 'string');

/** A list of texts, in an order that counts. */
export const texts: Check<readonly string[]> = check(
  'a list of texts',
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
);

/** A whole number, zero or greater. */
export const whole: Check<number> = check(
  'a whole number, 0 or greater',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** True or false. */
export const bool: Check<boolean> = check('true or false', (value) => typeof value === 'boolean');
