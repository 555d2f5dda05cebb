import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** As long as SQS keeps anything: what is in a dead-letter queue waits for a person. */
const longest = Duration.days(14);

export interface Queues {
  readonly continuations: Queue;
  /** Continuations that failed each time. */
  readonly deadContinuations: Queue;
  /** Messages of the topics that could not be handled, or not delivered. */
  readonly deadRequests: Queue;
}

export function queues(scope: Construct): Queues {
  const deadContinuations = deadLetters(scope, 'DeadContinuations');
  return {
    deadContinuations,
    deadRequests: deadLetters(scope, 'DeadRequests'),
    continuations: new Queue(scope, 'Continuations', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's time-out. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(360),
      retentionPeriod: longest,
      deadLetterQueue: { queue: deadContinuations, maxReceiveCount: 5 },
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  };
}

function deadLetters(scope: Construct, id: string): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: longest,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
