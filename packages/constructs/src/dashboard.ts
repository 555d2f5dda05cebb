import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { metricsNamespace, service } from './alarms.ts';
import type { Queues } from './queues.ts';

/** What the responder did, how fast, and what waits. */
export function dashboard(scope: Construct, responder: LambdaFunction, queues: Queues): Dashboard {
  const period = Duration.minutes(5);
  // The metrics are told apart by the type of the entity, which a new plugin adds to.
  const ofTypes = (statistic: string, ...names: readonly string[]): MathExpression => {
    const named = names.map((name) => `"${name}"`).join(' OR ');
    const expression = `SEARCH('{${metricsNamespace},service,type} service="${service}" MetricName=(${named})', '${statistic}', 300)`;
    return new MathExpression({ expression, label: '', period, usingMetrics: {} });
  };
  const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
  const waiting = [queues.continuations, queues.deadContinuations, queues.deadRequests];
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        graph('Outcomes by type', ofTypes('Sum', 'Contained', 'Partial', 'Failed', 'Refused', 'Released')),
        graph('Milliseconds, 95th percentile', ofTypes('p95', 'TimeToFirstDeny', 'TimeToContained')),
      ],
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
