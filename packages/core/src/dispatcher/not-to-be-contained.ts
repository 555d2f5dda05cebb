import type { Failure } from '../failure.ts';

/** A look has shown that the entity is not to be contained: what was done in advance must be undone, unless another record wants it. */
export class NotToBeContained extends Error {
  readonly failure: Failure;
  readonly wantedByAnother: boolean;
  constructor(failure: Failure, { wantedByAnother = false }: { readonly wantedByAnother?: boolean } = {}) {
    super(failure.message);
    this.name = 'NotToBeContained';
    this.failure = failure;
    this.wantedByAnother = wantedByAnother;
  }
}
