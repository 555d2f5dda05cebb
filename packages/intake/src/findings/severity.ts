/** From the least to the most. `unknown` is below all: it reaches no minimum. */
export const severityWords = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type SeverityWord = (typeof severityWords)[number];

export interface Severity {
  readonly word: SeverityWord | 'unknown';
  /** The service's own number, on its own scale: GuardDuty 0 to 10, ASFF 0 to 100, OCSF 0 to 6. */
  readonly number?: number;
}

/** Whether a severity is at least the one given. */
export function reaches({ word }: Severity, least: SeverityWord): boolean {
  const words: readonly string[] = severityWords;
  return words.indexOf(word) >= words.indexOf(least);
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
export function guardDutySeverity(value: unknown): Severity {
  if (!isNumber(value) || value < 0 || value > 10) return { word: 'unknown' };
  const word = value >= 9 ? 'critical' : value >= 7 ? 'high' : value >= 4 ? 'medium' : value >= 1 ? 'low' : 'informational';
  return { word, number: value };
}

/**
 * The label counts, and the normalized number where there is none:
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
 */
export function asffSeverity(label: unknown, normalized: unknown): Severity {
  const number = isNumber(normalized) && normalized >= 0 && normalized <= 100 ? normalized : undefined;
  const named = severityWords.find((word) => typeof label === 'string' && word === label.toLowerCase());
  const word = named ?? (number === undefined ? 'unknown' : ofNormalized(number));
  return { word, ...(number !== undefined && { number }) };
}

function ofNormalized(number: number): SeverityWord {
  if (number >= 90) return 'critical';
  if (number >= 70) return 'high';
  if (number >= 40) return 'medium';
  return number >= 1 ? 'low' : 'informational';
}

/** https://schema.ocsf.io/classes/detection_finding: 1 to 5 are the words in their order, 6 is fatal, 0 and 99 say nothing. */
export function ocsfSeverity(id: unknown): Severity {
  if (!isNumber(id)) return { word: 'unknown' };
  const word = id === 6 ? 'critical' : severityWords[id - 1];
  return word === undefined ? { word: 'unknown' } : { word, number: id };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
