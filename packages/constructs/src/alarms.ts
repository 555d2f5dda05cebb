import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Queues } from './queues.ts';

/** As the responder counts them, with Powertools. */
export const metricsNamespace = 'EntityLockdown';
export const service = 'responder';

/** Told on the audit topic, beside the responder's own mails: these come where it cannot tell by itself. */
export function alarms(
  scope: Construct,
  responder: LambdaFunction,
  { deadContinuations, deadRequests }: Queues,
  told: Topic,
): void {
  const period = Duration.minutes(1);
  const counted = (metricName: string): Metric =>
    new Metric({ namespace: metricsNamespace, metricName, dimensionsMap: { service }, statistic: 'Sum', period });
  const wanted: readonly { id: string; metric: IMetric; description: string }[] = [
    {
      id: 'DeadContinuationsAlarm',
      metric: inQueue(deadContinuations, period),
      description: 'A containment could not be continued. Its mail says which; redrive the queue once the cause is mended.',
    },
    {
      id: 'DeadRequestsAlarm',
      metric: inQueue(deadRequests, period),
      description: 'A message could not be handled. Its mail says which entity; redrive the queue once the cause is mended.',
    },
    {
      id: 'ErrorsAlarm',
      metric: responder.metricErrors({ period }),
      description: 'The responder failed or ran out of time. Lambda tries again; look into its log.',
    },
    {
      id: 'ThrottlesAlarm',
      metric: responder.metricThrottles({ period }),
      description: 'Lambda had no room to run the responder. Raise the concurrency of the account.',
    },
    {
      id: 'AuditFailedAlarm',
      metric: counted('AuditFailed'),
      description: 'A mail could not be sent. It is kept, and tried again; look into the log of the responder.',
    },
    {
      id: 'AuditLostAlarm',
      metric: counted('AuditLost'),
      description: 'A mail could be neither sent nor kept. What it was about is in the log of the responder.',
    },
    {
      id: 'SweepFailedAlarm',
      metric: counted('SweepFailed'),
      description: 'What is overdue could not be looked for. It is tried again every minute; look into the log of the responder.',
    },
    {
      id: 'LedgerFaultsAlarm',
      metric: counted('LedgerFaults'),
      description: 'The ledger has objects that cannot be read. Its older versions are in the bucket.',
    },
  ];
  for (const { id, metric, description } of wanted) {
    const alarm = new Alarm(scope, id, {
      metric,
      alarmDescription: description,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(told));
  }
  // The sweep runs every minute: a responder that is not run at all says nothing of it.
  new Alarm(scope, 'SilenceAlarm', {
    metric: responder.metricInvocations({ period: Duration.minutes(5) }),
    alarmDescription: 'The responder was not run for ten minutes. Look whether its schedule is enabled.',
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.BREACHING,
  }).addAlarmAction(new SnsAction(told));
}

/**
 * The sweep reads the dead letters each minute and so hides them for most of it: those that it hides count as well.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
function inQueue(queue: Queue, period: Duration): IMetric {
  return new MathExpression({
    expression: 'visible+hidden',
    period,
    usingMetrics: {
      visible: queue.metricApproximateNumberOfMessagesVisible({ period }),
      hidden: queue.metricApproximateNumberOfMessagesNotVisible({ period }),
    },
  });
}
