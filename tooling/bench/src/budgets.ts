/** What is waited for, and how many round trips may pass until then. */
export interface Budget {
  readonly until: string;
  /**
   * Of `VectraCommunity/aws_entity_remediation`, a Lambda function that contains the same entities and keeps no ledger, counted by
   * reading its source. https://github.com/VectraCommunity/aws_entity_remediation
   */
  readonly reference: string;
  /** What AWS's API makes necessary: assume a role, read what the ARN does not tell, write. */
  readonly limit: number;
  /** The most that we allow ourselves, by the kind of ledger. */
  readonly most: { readonly folder: number; readonly s3: number };
}

export type Measured = 'user' | 'role' | 'function' | 'untracked' | 'isolated';

const principal = { reference: '3', limit: 2, most: { folder: 2, s3: 2 } };

export const budgets: { readonly [measured in Measured]: Budget } = {
  user: { until: 'first deny on an IAM user', ...principal },
  role: { until: 'first deny on an IAM role', ...principal },
  function: {
    until: 'function stopped and its role denied',
    reference: '5 (and, for a defect, never)',
    limit: 3,
    most: { folder: 4, s3: 6 },
  },
  untracked: {
    until: 'instance on the untrack group and its role denied',
    reference: '10',
    limit: 3,
    most: { folder: 4, s3: 6 },
  },
  isolated: { until: 'from the end of the dwell to isolation', reference: '2', limit: 1, most: { folder: 2, s3: 4 } },
};

export const measured: readonly Measured[] = ['user', 'role', 'function', 'untracked', 'isolated'];

/** How much of the time that the reference's clients take the responder's bundle may take to be loaded. */
export const mostOfReference = 0.5;
