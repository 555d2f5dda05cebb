import type { Failure } from '../failure.ts';
import type { ContainmentRecord } from '../ledger/record.ts';

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

/**
 * Another record puts back what it had changed of the same entity, under another name: what was done in advance may be undone by it, or
 * come after, so that nothing can be said or taken back before it has ended.
 */
export class BeingReleased extends Error {
  readonly other: ContainmentRecord;
  constructor(other: ContainmentRecord) {
    super(`record ${other.id} is being released`);
    this.name = 'BeingReleased';
    this.other = other;
  }
}
