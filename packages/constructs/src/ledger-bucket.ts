import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Objects that can't be changed or deleted for a time, by anybody (`compliance`) or without a permission of its own (`governance`). */
export interface LedgerLock {
  readonly mode: 'governance' | 'compliance';
  readonly days: number;
}

/** The ledger is below this prefix. */
export const ledgerPrefix = 'ledger';

/**
 * For `s3:ListBucket`. Only with that does S3 say of an object that it is not there; otherwise it is denied. Whoever asks for an object gives
 * no prefix. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const underLedgerPrefix: { readonly StringLikeIfExists: { readonly [key: string]: string } } = {
  StringLikeIfExists: { 's3:prefix': `${ledgerPrefix}/*` },
};

/** The bucket of the ledger. It stays when the stack is deleted: it is the record of what was done, and how to take it back. */
export function ledgerBucket(scope: Construct, lock: LedgerLock | undefined, retentionDays: number): Bucket {
  return new Bucket(scope, 'Ledger', {
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    // Not of a stack that could not be made: nothing is in it then.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    // Whether there is a lock or not: CloudFormation replaces a bucket for which this changes, and the responder would go on with an empty
    // ledger. It locks nothing by itself.
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    objectLockEnabled: true,
    // What was replaced is kept as long as whoever looks into an incident may ask for it; what is current, for ever.
    lifecycleRules: [
      {
        id: 'Replaced',
        noncurrentVersionExpiration: Duration.days(retentionDays),
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    ...(lock !== undefined && {
      objectLockDefaultRetention:
        lock.mode === 'governance'
          ? ObjectLockRetention.governance(Duration.days(lock.days))
          : ObjectLockRetention.compliance(Duration.days(lock.days)),
    }),
  });
}
