import { Aws, CfnCondition, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarms, metricsNamespace, service } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import { releasePolicy, requestPolicy } from './human-policies.ts';
import { type LedgerLock, ledgerBucket, ledgerPrefix } from './ledger-bucket.ts';
import { containmentRole, releaseRole, responderRole, roleArn } from './names.ts';
import { type Queues, queues } from './queues.ts';
import { responderPolicy } from './responder-policy.ts';
import { auditTopic, findingsTopic, requestTopic } from './topics.ts';
import { topicsKey } from './topics-key.ts';

export interface EntityLockdownProps {
  /** The responder's zip. */
  readonly code: Code;
  /** What the responder gives as `sts:ExternalId` when it assumes a containment role. It is no secret. */
  readonly memberExternalId: string;
  /** The secret of requests, such as a parameter with NoEcho. Without it, one is generated. */
  readonly requestExternalId?: string;
  /** Who reads what was done. More can subscribe to the audit topic at any time. */
  readonly auditEmails?: readonly string[];
  /** The accounts whose entities may be contained. Without any: all that have the containment role. */
  readonly accounts?: readonly string[];
  /** What must never be contained: JSON, as in the file of the command. */
  readonly protectedList?: string;
  /** For which findings to contain: a JSON list of rules. Without any, people are told. */
  readonly containFindings?: string;
  /** Whether a custom action of Security Hub, which is a person's click, contains: `true` or `false`. */
  readonly customActions?: string;
  /** The path of the roles, such as `security/`; the same in all accounts. */
  readonly rolePath?: string;
  /** The ARN of a managed policy that bounds the responder's role. */
  readonly permissionsBoundaryArn?: string;
  /** Whether the objects of the ledger are locked. It cannot be taken back. */
  readonly ledgerLock?: LedgerLock;
  /** How long replaced versions of the ledger's objects are kept. */
  readonly ledgerRetentionDays?: number;
}

/** The responder: what arrives on its topics is contained, and told on the audit topic. One for an organization. */
export class EntityLockdown extends Construct {
  readonly requestTopic: Topic;
  readonly findingsTopic: Topic;
  readonly auditTopic: Topic;
  readonly queues: Queues;
  readonly ledger: Bucket;
  readonly secret: CfnSecret;
  readonly role: Role;
  readonly responder: LambdaFunction;
  readonly dashboard: Dashboard;
  /** For those who request: it allows to publish on the request topic, and nothing else. */
  readonly requestPolicy: ManagedPolicy;
  /** For those who release: it allows to use the ledger, and to assume the release role of each account. */
  readonly releasePolicy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: EntityLockdownProps) {
    super(scope, id);
    const { rolePath = '', accounts = [], auditEmails = [], permissionsBoundaryArn } = props;
    const key = topicsKey(this);
    this.requestTopic = requestTopic(this, key);
    this.findingsTopic = findingsTopic(this, key);
    this.auditTopic = auditTopic(this, key, roleArn(Aws.ACCOUNT_ID, rolePath, responderRole));
    for (const email of auditEmails) this.auditTopic.addSubscription(new EmailSubscription(email));
    this.queues = queues(this);
    this.ledger = ledgerBucket(this, props.ledgerLock, props.ledgerRetentionDays ?? 365);
    this.secret = secret(this, props);
    const logs = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.DESTROY });

    this.role = new Role(this, 'ResponderRole', {
      roleName: responderRole,
      path: `/${rolePath}`,
      description: 'Entity Lockdown: the responder acts with it.',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Responder: responderPolicy({
          ledger: this.ledger,
          queues: this.queues,
          auditTopic: this.auditTopic,
          secret: this.secret,
          logs,
          rolePath,
          accounts,
        }),
      },
      ...(permissionsBoundaryArn !== undefined && {
        permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', permissionsBoundaryArn),
      }),
    });
    this.responder = this.function(props, logs, rolePath, accounts);
    this.letLoop(this.responder);
    for (const topic of [this.requestTopic, this.findingsTopic])
      topic.addSubscription(new LambdaSubscription(this.responder, { deadLetterQueue: this.queues.deadRequests }));
    this.responder.addEventSource(
      new SqsEventSource(this.queues.continuations, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 10 }),
    );
    new Rule(this, 'Sweep', {
      description: 'Entity Lockdown: the responder looks every minute for what is overdue, and for dead letters.',
      schedule: Schedule.rate(Duration.minutes(1)),
      // Another follows in a minute.
      targets: [
        new LambdaTarget(this.responder, {
          event: RuleTargetInput.fromObject({ source: 'entity-lockdown', 'detail-type': 'Sweep' }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
    alarms(this, this.responder, this.queues, this.auditTopic);
    this.requestPolicy = requestPolicy(this, this.requestTopic, rolePath);
    this.releasePolicy = releasePolicy(this, this.ledger, rolePath);
    this.dashboard = dashboard(this, this.responder, this.queues);
  }

  private function(
    props: EntityLockdownProps,
    logGroup: LogGroup,
    rolePath: string,
    accounts: readonly string[],
  ): LambdaFunction {
    const { continuations, deadContinuations, deadRequests } = this.queues;
    return new LambdaFunction(this, 'Responder', {
      description: 'Entity Lockdown: contains what its topics name, and tells the audit topic.',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: 'index.handler',
      memorySize: 1024,
      timeout: Duration.seconds(60),
      // Its policy is written out in responder-policy.ts, and no more is added to it.
      role: this.role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(deadRequests),
      environment: {
        LOCKDOWN_LEDGER: `s3://${this.ledger.bucketName}/${ledgerPrefix}`,
        LOCKDOWN_REQUEST_TOPIC: this.requestTopic.topicArn,
        LOCKDOWN_FINDINGS_TOPIC: this.findingsTopic.topicArn,
        LOCKDOWN_AUDIT_TOPIC: this.auditTopic.topicArn,
        LOCKDOWN_CONTINUATIONS: continuations.queueUrl,
        LOCKDOWN_DEAD_CONTINUATIONS: deadContinuations.queueUrl,
        LOCKDOWN_DEAD_REQUESTS: deadRequests.queueUrl,
        LOCKDOWN_SECRET: this.secret.ref,
        LOCKDOWN_ROLE_NAME: `${rolePath}${containmentRole}`,
        LOCKDOWN_RELEASE_ROLE_NAME: `${rolePath}${releaseRole}`,
        LOCKDOWN_ACCOUNTS: Fn.join(',', [...accounts]),
        LOCKDOWN_PROTECTED: props.protectedList ?? '[]',
        LOCKDOWN_FINDING_RULES: findingRules(props, rolePath),
        POWERTOOLS_SERVICE_NAME: service,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
      },
    });
  }

  /**
   * A containment that waits for AWS continues as often as it must; it ends by itself. Lambda would stop it after sixteen times.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
   * China has no detection of loops, and nothing to set of it. https://docs.amazonaws.cn/en_us/aws/latest/userguide/lambda.html
   */
  private letLoop(responder: LambdaFunction): void {
    const isChina = Fn.conditionEquals(Aws.PARTITION, 'aws-cn');
    const { logicalId } = new CfnCondition(Stack.of(this), 'InChina', { expression: isChina });
    const allowed = Fn.conditionIf(logicalId, Aws.NO_VALUE, RecursiveLoop.ALLOW);
    (responder.node.defaultChild as CfnFunction).addPropertyOverride('RecursiveLoop', allowed);
  }
}

/** What the responder's own roles do is never a reason to contain. */
function findingRules({ containFindings = '[]', customActions = 'true' }: EntityLockdownProps, rolePath: string): string {
  const ownRoles = [roleArn(Aws.ACCOUNT_ID, rolePath, responderRole), roleArn('*', rolePath, containmentRole)];
  return `{"contain":${containFindings},"customActions":${customActions},"ownRoles":["${ownRoles.join('","')}"]}`;
}

/** Rotated by putting a new value: the one before it goes on to be taken until the next. */
function secret(scope: Construct, { requestExternalId, memberExternalId }: EntityLockdownProps): CfnSecret {
  return new CfnSecret(scope, 'Secret', {
    description: 'Entity Lockdown: requestExternalId is the secret of requests. Give it to those who may request a containment.',
    ...(requestExternalId === undefined
      ? { generateSecretString: generatedSecret(memberExternalId) }
      : { secretString: givenSecret(requestExternalId, memberExternalId) }),
  });
}

export function givenSecret(requestExternalId: string, memberExternalId: string): string {
  return `{"requestExternalId":"${requestExternalId}","memberExternalId":"${memberExternalId}"}`;
}

export function generatedSecret(memberExternalId: string): CfnSecret.GenerateSecretStringProperty {
  return {
    secretStringTemplate: `{"memberExternalId":"${memberExternalId}"}`,
    generateStringKey: 'requestExternalId',
    passwordLength: 43,
    excludePunctuation: true,
  };
}
