import { Aws } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** The rules of this account and Region. */
const rules = `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/*`;
const alarms = `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`;

/** Where people and their tools publish what is to be contained. The secret in the message decides, beside IAM. */
export function requestTopic(scope: Construct, masterKey: Key): Topic {
  const topic = new Topic(scope, 'RequestTopic', { displayName: 'Lockdown requests', masterKey, enforceSSL: true });
  letRulesPublish(topic);
  return topic;
}

/**
 * Where findings arrive. What is published here is believed, so nobody but a rule of this account may: an IAM policy that allows
 * publishing to every topic is not enough. A call of anybody but a service is denied; among services, the topic lets in EventBridge alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice
 */
export function findingsTopic(scope: Construct, masterKey: Key): Topic {
  const topic = new Topic(scope, 'FindingsTopic', { displayName: 'Lockdown findings', masterKey, enforceSSL: true });
  letRulesPublish(topic);
  topic.addToResourcePolicy(denied(topic, 'ByNobodyElse', { Bool: { 'aws:PrincipalIsAWSService': 'false' } }));
  return topic;
}

/**
 * Where people read what was done. The responder's own policy allows it to publish here; nobody else who may publish on every topic can
 * have it say that something was contained, or released.
 */
export function auditTopic(scope: Construct, masterKey: Key, responderArn: string): Topic {
  const topic = new Topic(scope, 'AuditTopic', { displayName: 'Entity Lockdown', masterKey, enforceSSL: true });
  topic.addToResourcePolicy(
    // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#sns-allow-any-cloudwatch-alarm-to-publish-to-topic-different-account
    allowed(topic, 'cloudwatch.amazonaws.com', { ArnLike: { 'aws:SourceArn': alarms } }),
  );
  topic.addToResourcePolicy(
    denied(topic, 'ByNobodyElse', {
      Bool: { 'aws:PrincipalIsAWSService': 'false' },
      ArnNotEquals: { 'aws:PrincipalArn': responderArn },
    }),
  );
  return topic;
}

/**
 * AWS says that no condition may stand where EventBridge is allowed to publish on a topic: a rule would not be let in by `aws:SourceArn`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 * A rule of another account has to publish with a role of its own, which the topic does not let in.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
 * Where EventBridge does say for which rule it publishes, it must be one of this account.
 */
function letRulesPublish(topic: Topic): void {
  topic.addToResourcePolicy(allowed(topic, 'events.amazonaws.com'));
  topic.addToResourcePolicy(
    denied(topic, 'ByNoOtherSource', { Null: { 'aws:SourceArn': 'false' }, ArnNotLike: { 'aws:SourceArn': rules } }),
  );
}

type Conditions = NonNullable<PolicyStatementProps['conditions']>;

function allowed(topic: Topic, service: string, conditions: Conditions = {}): PolicyStatement {
  return new PolicyStatement({
    sid: 'ByThisAccount',
    principals: [new ServicePrincipal(service)],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions,
  });
}

function denied(topic: Topic, sid: string, conditions: Conditions): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions,
  });
}
