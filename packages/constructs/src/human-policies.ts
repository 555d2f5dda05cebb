import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ledgerPrefix, underLedgerPrefix } from './ledger-bucket.ts';
import { releaseRole, roleArn } from './names.ts';

/** For an analyst, or the role of a SOAR. */
export function requestPolicy(scope: Construct, topic: Topic, rolePath: string): ManagedPolicy {
  return new ManagedPolicy(scope, 'RequestPolicy', {
    managedPolicyName: 'EntityLockdownRequests',
    path: `/${rolePath}`,
    description: 'Entity Lockdown: publish on the request topic',
    statements: [new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] })],
  });
}

/** For the humans whom the release roles trust. */
export function releasePolicy(scope: Construct, ledger: Bucket, rolePath: string): ManagedPolicy {
  return new ManagedPolicy(scope, 'ReleasePolicy', {
    managedPolicyName: 'EntityLockdownReleases',
    path: `/${rolePath}`,
    description: 'Entity Lockdown: release what is contained',
    statements: [
      new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [roleArn('*', rolePath, releaseRole)] }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        resources: [`${ledger.bucketArn}/${ledgerPrefix}/*`],
      }),
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [ledger.bucketArn],
        conditions: underLedgerPrefix,
      }),
    ],
  });
}
