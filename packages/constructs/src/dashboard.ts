import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { metricsNamespace, service } from './alarms.ts';
import type { Queues } from './queues.ts';

/** What the responder did, how fast, and what waits. */
export function dashboard(scope: Construct, responder: LambdaFunction, queues: Queues): Dashboard {
  const period = Duration.minutes(5);
  const own = (metricName: string, statistic: string): Metric =>
    new Metric({ namespace: metricsNamespace, metricName, dimensionsMap: { service }, statistic, period, label: metricName });
  const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
  // The outcomes are told apart by the type of the entity, which a new plugin adds to.
  const outcomes = new MathExpression({
    expression: `SEARCH('{${metricsNamespace},service,type} service="${service}"', 'Sum', 300)`,
    label: '',
    period,
    usingMetrics: {},
  });
  const waiting = [queues.continuations, queues.deadContinuations, queues.deadRequests];
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [graph('Outcomes by type', outcomes), graph('Milliseconds', own('TimeToFirstDeny', 'p95'), own('TimeToContained', 'p95'))],
      [
        graph(
          'Responder',
          responder.metricInvocations({ period }),
          responder.metricErrors({ period }),
          responder.metricThrottles({ period }),
        ),
        graph(
          'Waiting',
          ...waiting.map((queue) => queue.metricApproximateNumberOfMessagesVisible({ period, label: queue.node.id })),
        ),
      ],
    ],
  });
}
