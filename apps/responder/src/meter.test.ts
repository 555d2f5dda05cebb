import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, expect, test, vi } from 'vitest';
import { meter } from './meter.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('each metric is published by itself, with its service and the type of the entity, and nothing of the one before', () => {
  // Powertools has a console of its own, but while developing.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  const one = meter(new Metrics({ namespace: 'EntityLockdown', serviceName: 'responder' }));
  one.outcome('contained', 'aws.iam.role');
  one.time('TimeToFirstDeny', 300, 'aws.iam.user');
  one.count('AuditFailed');
  one.count('LedgerFaults', 3);
  const written = lines.map((line) => {
    const { _aws, ...values } = JSON.parse(line) as { _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: unknown }[] } };
    return { ...values, of: _aws.CloudWatchMetrics.map(({ Namespace, Dimensions }) => [Namespace, Dimensions]) };
  });
  const namespace = 'EntityLockdown';
  expect(written).toEqual([
    { service: 'responder', type: 'aws.iam.role', Contained: 1, of: [[namespace, [['service', 'type']]]] },
    { service: 'responder', type: 'aws.iam.user', TimeToFirstDeny: 300, of: [[namespace, [['service', 'type']]]] },
    { service: 'responder', AuditFailed: 1, of: [[namespace, [['service']]]] },
    { service: 'responder', LedgerFaults: 3, of: [[namespace, [['service']]]] },
  ]);
});
