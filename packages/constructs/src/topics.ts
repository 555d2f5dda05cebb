import { Aws } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** The rules of this account and Region. */
const rules = `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/*`;
const alarms = `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`;

/** Where people and their tools publish what is to be contained. The secret in the message decides, beside IAM. */
export function requestTopic(scope: Construct, masterKey: Key): Topic {
  const topic = new Topic(scope, 'RequestTopic', { displayName: 'Lockdown requests', masterKey, enforceSSL: true });
  topic.addToResourcePolicy(publishedBy(topic, 'events.amazonaws.com', rules));
  return topic;
}

/**
 * Where findings arrive. What is published here is believed, so nobody but a rule of this account may: an IAM policy that allows
 * publishing to every topic is not enough. Only a call of a service has aws:SourceArn, so that a call without it is denied too.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
 */
export function findingsTopic(scope: Construct, masterKey: Key): Topic {
  const topic = new Topic(scope, 'FindingsTopic', { displayName: 'Lockdown findings', masterKey, enforceSSL: true });
  topic.addToResourcePolicy(publishedBy(topic, 'events.amazonaws.com', rules));
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ByNobodyElse',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { ArnNotLike: { 'aws:SourceArn': rules } },
    }),
  );
  return topic;
}

/** Where people read what was done. The responder's own policy allows it to publish here. */
export function auditTopic(scope: Construct, masterKey: Key): Topic {
  const topic = new Topic(scope, 'AuditTopic', { displayName: 'Entity Lockdown', masterKey, enforceSSL: true });
  topic.addToResourcePolicy(publishedBy(topic, 'cloudwatch.amazonaws.com', alarms));
  return topic;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions */
function publishedBy(topic: Topic, service: string, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ByThisAccount',
    principals: [new ServicePrincipal(service)],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { ArnLike: { 'aws:SourceArn': source } },
  });
}
