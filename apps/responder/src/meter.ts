import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** What is counted and timed: the alarms and the dashboard stand on these names. */
export interface Meter {
  /** How a request ended, by entity type. */
  outcome(word: 'contained' | 'partial' | 'failed' | 'refused' | 'released', type: string): void;
  time(what: 'TimeToFirstDeny' | 'TimeToContained', milliseconds: number, type: string): void;
  count(what: Counted, times?: number): void;
}

export type Counted =
  /** A mail that could not be published; it is kept, and tried again. */
  | 'AuditFailed'
  /** A mail that could be neither published nor kept. */
  | 'AuditLost'
  | 'ContinuationFailed'
  | 'DeadLetters'
  /** Records that somebody had to be sent for again. */
  | 'Overdue'
  /** Objects of the ledger that cannot be read. */
  | 'LedgerFaults'
  | 'SweepFailed';

export function meter(metrics: Metrics): Meter {
  /** Each with its own dimensions: nothing is left over for the next. */
  function one(name: string, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number, type?: string): void {
    const single = metrics.singleMetric();
    if (type !== undefined) single.addDimension('type', type);
    single.addMetric(name, unit, value);
  }
  return {
    outcome: (word, type) => one(`${word[0]?.toUpperCase()}${word.slice(1)}`, MetricUnit.Count, 1, type),
    time: (what, milliseconds, type) => one(what, MetricUnit.Milliseconds, milliseconds, type),
    count: (what, times = 1) => one(what, MetricUnit.Count, times),
  };
}
