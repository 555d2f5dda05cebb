import { Aws } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { ledgerPrefix, underLedgerPrefix } from './ledger-bucket.ts';
import { containmentRole, roleArn } from './names.ts';
import type { Queues } from './queues.ts';

export interface ResponderReach {
  readonly ledger: Bucket;
  readonly queues: Queues;
  readonly auditTopic: Topic;
  readonly secret: CfnSecret;
  readonly logs: LogGroup;
  readonly rolePath: string;
  readonly accounts: readonly string[];
}

/** All that the responder may do by itself: what it does to entities, it does with the containment role of their account. */
export function responderPolicy({
  ledger,
  queues,
  auditTopic,
  secret,
  logs,
  rolePath,
  accounts,
}: ResponderReach): PolicyDocument {
  const { continuations, deadContinuations, deadRequests } = queues;
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'ActInAccounts',
        actions: ['sts:AssumeRole'],
        resources: [roleArn('*', rolePath, containmentRole)],
        ...(accounts.length > 0 && { conditions: { StringLikeIfExists: { 'aws:ResourceAccount': accounts } } }),
      }),
      new PolicyStatement({
        sid: 'KeepLedger',
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        resources: [`${ledger.bucketArn}/${ledgerPrefix}/*`],
      }),
      new PolicyStatement({
        sid: 'ListLedger',
        actions: ['s3:ListBucket'],
        resources: [ledger.bucketArn],
        conditions: underLedgerPrefix,
      }),
      new PolicyStatement({
        sid: 'Continue',
        actions: [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
          'sqs:SendMessage',
        ],
        resources: [continuations.queueArn],
      }),
      // Never deleted from: a message waits there for a person.
      new PolicyStatement({
        sid: 'ReadDeadLetters',
        actions: ['sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [deadContinuations.queueArn, deadRequests.queueArn],
      }),
      // Lambda itself sends, with this role. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
      new PolicyStatement({ sid: 'SendDeadRequests', actions: ['sqs:SendMessage'], resources: [deadRequests.queueArn] }),
      new PolicyStatement({ sid: 'Tell', actions: ['sns:Publish'], resources: [auditTopic.topicArn] }),
      new PolicyStatement({ sid: 'ReadSecret', actions: ['secretsmanager:GetSecretValue'], resources: [secret.ref] }),
      new PolicyStatement({
        sid: 'Log',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [`arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logs.logGroupName}:log-stream:*`],
      }),
    ],
  });
}
