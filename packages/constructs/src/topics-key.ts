import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { AccountRootPrincipal, AnyPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The key that encrypts the topics: a request carries the secret. AWS's own key for SNS would not do, since EventBridge and CloudWatch
 * may not use it. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function topicsKey(scope: Construct): Key {
  const use = ['kms:Decrypt', 'kms:GenerateDataKey'];
  return new Key(scope, 'TopicsKey', {
    description: 'Entity Lockdown: the request, findings and audit topics',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
    policy: new PolicyDocument({
      statements: [
        new PolicyStatement({
          sid: 'AdministeredByThisAccount',
          principals: [new AccountRootPrincipal()],
          actions: administration,
          resources: ['*'],
        }),
        // So that sns:Publish is all that a publisher needs; the topics' policies and the publisher's own decide who that is.
        new PolicyStatement({
          sid: 'UsedThroughSnsByThisAccount',
          principals: [new AnyPrincipal()],
          actions: use,
          resources: ['*'],
          conditions: {
            StringEquals: {
              'kms:CallerAccount': Aws.ACCOUNT_ID,
              'kms:ViaService': `sns.${Aws.REGION}.${Aws.URL_SUFFIX}`,
            },
          },
        }),
        // Of which account they act for, the topics' policies ask.
        new PolicyStatement({
          sid: 'UsedByRulesAndAlarms',
          principals: [new ServicePrincipal('events.amazonaws.com'), new ServicePrincipal('cloudwatch.amazonaws.com')],
          actions: use,
          resources: ['*'],
        }),
      ],
    }),
  });
}

const administration = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];
