/**
 * Keeps what somebody wrote out of logs: it is in no JSON and in no inspected object. What arrives has the secret in it, and is handed
 * around before anybody knows where.
 */
export class Sealed<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  open(): T {
    return this.#value;
  }
}
