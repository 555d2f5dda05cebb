// A stand-in for the responder that makes each call that the responder may make, and does as a message says.
import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

/** What a message on a topic or in the queue asks for. */
export interface Asked {
  readonly do: 'contain' | 'continue' | 'throw' | 'hang' | 'exit';
  /** The ARN of a role to deny. */
  readonly role?: string;
  readonly region?: string;
  /** How many seconds later to continue. */
  readonly delay?: number;
}

interface Event {
  readonly source?: string;
  readonly Records?: readonly {
    readonly messageId?: string;
    readonly body?: string;
    readonly Sns?: { readonly TopicArn: string; readonly Message: string };
  }[];
}

const env = process.env as { readonly [name: string]: string };
const queue = new SQSClient({});

export async function handler(event: Event): Promise<unknown> {
  if (event.source === 'entity-lockdown') return sweep();
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId = '', body, Sns } of event.Records ?? []) {
    if (Sns !== undefined) await handle(JSON.parse(Sns.Message) as Asked, Sns.TopicArn);
    else
      await handle(JSON.parse(body ?? '') as Asked, 'queue').catch(() => batchItemFailures.push({ itemIdentifier: messageId }));
  }
  return { batchItemFailures };
}

async function handle(asked: Asked, from: string): Promise<void> {
  if (asked.do === 'throw') throw new Error('asked to');
  if (asked.do === 'exit') process.exit(1);
  if (asked.do === 'hang') return new Promise(() => setInterval(() => {}, 1_000));
  if (from === env.LOCKDOWN_FINDINGS_TOPIC) return tell('finding', asked);
  if (asked.do === 'continue') return tell('continued', asked);
  await queue.send(
    new SendMessageCommand({
      QueueUrl: env.LOCKDOWN_CONTINUATIONS,
      MessageBody: JSON.stringify({ ...asked, do: 'continue' }),
      DelaySeconds: asked.delay ?? 0,
    }),
  );
  await keep(asked);
  await contain(asked);
  await tell('contained', asked);
}

async function keep(asked: Asked): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true });
  const [Bucket = '', ...rest] = (env.LOCKDOWN_LEDGER ?? '').slice('s3://'.length).split('/');
  const prefix = rest.join('/');
  await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/open/one`, Body: JSON.stringify(asked) }));
  await s3.send(new GetObjectCommand({ Bucket, Key: `${prefix}/open/one` }));
  await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/open/` }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}/open/one` }));
  await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}/closed/one`, Body: JSON.stringify(asked) }));
}

async function contain({ role = '', region }: Asked): Promise<void> {
  const { SecretString = '' } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: env.LOCKDOWN_SECRET }),
  );
  const { memberExternalId } = JSON.parse(SecretString) as { readonly memberExternalId: string };
  const [, partition, , , account] = role.split(':');
  const { Credentials } = await new STSClient({}).send(
    new AssumeRoleCommand({
      RoleArn: `arn:${partition}:iam::${account}:role/${env.LOCKDOWN_ROLE_NAME}`,
      RoleSessionName: 'responder',
      ExternalId: memberExternalId,
    }),
  );
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const iam = new IAMClient({ credentials });
  const RoleName = role.split('/').at(-1);
  await iam.send(new GetRoleCommand({ RoleName }));
  const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'Denied', PolicyDocument: JSON.stringify(deny) }));
  if (region === undefined) return;
  const ec2 = new EC2Client({ credentials, region });
  await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: 'isolated',
      Description: 'isolated',
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'entity-lockdown:ledger', Value: 'x' }] }],
    }),
  );
}

async function sweep(): Promise<void> {
  for (const [name, url] of [
    ['dead request', env.LOCKDOWN_DEAD_REQUESTS],
    ['dead continuation', env.LOCKDOWN_DEAD_CONTINUATIONS],
  ]) {
    const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 43_200 }));
    for (const { Body } of Messages) await tell(name ?? '', { body: Body });
  }
}

async function tell(Subject: string, what: object): Promise<void> {
  await new SNSClient({}).send(
    new PublishCommand({ TopicArn: env.LOCKDOWN_AUDIT_TOPIC, Subject, Message: JSON.stringify(what) }),
  );
}
