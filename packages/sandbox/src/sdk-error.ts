import type { AwsError } from './operation.ts';

/** A registry of a client's error classes, as the SDK's clients carry it in `config.protocolSettings.errorTypeRegistries`. */
export interface ErrorRegistry {
  readonly schemas: ReadonlyMap<string, unknown>;
  getErrorCtor(schema: unknown): (new (options: object) => Error) | undefined;
  getBaseException(): unknown;
}

/** A schema of an error: `[-3, namespace, name, traits, ...members]`. */
type ErrorSchema = readonly [number, string, string, { readonly [trait: string]: unknown } | number, ...unknown[]];

interface Modelled {
  readonly name: string;
  readonly make: new (options: object) => Error;
}

interface ErrorClasses {
  readonly byCode: ReadonlyMap<string, Modelled>;
  readonly base: (new (options: object) => Error) | undefined;
}

const known = new WeakMap<readonly ErrorRegistry[], ErrorClasses>();

/**
 * The error that the SDK throws for an answer: of its own class where the service's model has one (`NoSuchEntityException`), else of
 * the service's base exception with the code as its name. `registries` are the client's; a client of another copy of the SDK
 * therefore throws its own classes.
 */
export function sdkError(registries: readonly ErrorRegistry[], error: AwsError, requestId: string): Error {
  const classes = classesOf(registries);
  const modelled = classes.byCode.get(error.code);
  const options = {
    message: error.message,
    name: modelled?.name ?? error.code,
    $fault: error.status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: error.status, requestId, attempts: 1, totalRetryDelay: 0 },
  };
  const Class = modelled?.make ?? classes.base;
  const made = Class === undefined ? Object.assign(new Error(error.message), options) : new Class(options);
  return Object.assign(made, { name: options.name, Code: error.code });
}

function classesOf(registries: readonly ErrorRegistry[]): ErrorClasses {
  const found = known.get(registries);
  if (found !== undefined) return found;
  const byCode = new Map<string, Modelled>();
  let base: ErrorClasses['base'];
  for (const registry of registries) {
    base ??= registry.getErrorCtor(registry.getBaseException());
    for (const each of registry.schemas.values()) {
      if (!Array.isArray(each) || each[0] !== -3) continue;
      const [, , name, traits] = each as unknown as ErrorSchema;
      const make = registry.getErrorCtor(each);
      if (make === undefined) continue;
      byCode.set(name, { name, make });
      // The query protocol sends another code than the name of the shape: NoSuchEntity for NoSuchEntityException.
      const query = typeof traits === 'object' ? traits.awsQueryError : undefined;
      if (Array.isArray(query) && typeof query[0] === 'string') byCode.set(query[0], { name, make });
    }
  }
  const classes = { byCode, base };
  known.set(registries, classes);
  return classes;
}
