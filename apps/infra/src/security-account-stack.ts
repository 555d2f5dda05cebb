import {
  containmentRole,
  EntityLockdown,
  EntityLockdownMember,
  generatedSecret,
  givenSecret,
  ledgerPrefix,
  releaseRole,
  responderRole,
  roleArn,
} from '@entity-lockdown/constructs';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { Aws, CfnCondition, CfnOutput, type CfnParameter, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { CfnVersion, Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Subscription, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { askDemands, askReleasePrincipals, onlyWithPrincipals } from './common-questions.ts';
import { Questions } from './questions.ts';
import { withoutBootstrap } from './without-bootstrap.ts';

/** Further addresses subscribe to the audit topic by themselves: a template can't repeat a resource for each entry of a list. */
const emails = 5;

export interface SecurityAccountProps {
  readonly manifests: readonly Manifest[];
  /** The SHA-256 of the responder's zip, in hexadecimal. */
  readonly codeSha256: string;
}

/** The template of the security account: the responder, and this account's own roles. */
export class SecurityAccountStack extends Stack {
  constructor(scope: Construct, id: string, { manifests, codeSha256 }: SecurityAccountProps) {
    super(scope, id, {
      synthesizer: withoutBootstrap(),
      description: 'Entity Lockdown: the responder, for the security account. Publish an ARN on its request topic to contain it.',
    });
    const questions = new Questions(this);
    const answers = ask(questions, codeSha256);
    const demands = askDemands(this, questions);
    const memberExternalId = this.or(answers.memberExternalId, 'HasMemberExternalId', Fn.select(2, Fn.split('/', Aws.STACK_ID)));

    const lockdown = new EntityLockdown(this, 'Lockdown', {
      ...demands,
      code: Code.fromBucket(
        Bucket.fromBucketName(this, 'CodeBucketGiven', answers.codeBucket.valueAsString),
        answers.codeKey.valueAsString,
      ),
      memberExternalId,
      requestExternalId: answers.requestExternalId.valueAsString,
      accounts: answers.accounts.valueAsList,
      protectedList: answers.protectedList.valueAsString,
      containFindings: answers.containFindings.valueAsString,
      customActions: answers.customActions.valueAsString,
      ledgerRetentionDays: answers.ledgerRetentionDays.valueAsNumber,
    });
    const member = new EntityLockdownMember(this, 'Member', {
      ...demands,
      manifests,
      responderRoleArn: roleArn(Aws.ACCOUNT_ID, demands.rolePath, responderRole),
      externalId: memberExternalId,
      releasePrincipals: answers.releasePrincipals.valueAsList,
    });
    const hasRole = onlyWithPrincipals(this, answers.releasePrincipals, member);
    this.nameReleaseRole(lockdown, hasRole, demands.rolePath);
    this.generateUnlessGiven(lockdown, answers.requestExternalId, memberExternalId);
    this.lockIfWanted(lockdown, answers.ledgerLock, answers.ledgerRetentionDays);
    this.allUnlessNamed(lockdown, answers.accounts);
    this.mailTo(lockdown, answers.auditEmails);
    this.checkCode(lockdown, codeSha256);
    this.say(lockdown, memberExternalId);
  }

  /** The answer, or what stands in for an empty one. */
  private or(answer: CfnParameter, condition: string, otherwise: string): string {
    return Fn.conditionIf(this.isGiven(answer, condition).logicalId, answer.valueAsString, otherwise).toString();
  }

  private isGiven(answer: CfnParameter, condition: string): CfnCondition {
    return new CfnCondition(this, condition, { expression: Fn.conditionNot(Fn.conditionEquals(answer.valueAsString, '')) });
  }

  private generateUnlessGiven({ secret }: EntityLockdown, requestExternalId: CfnParameter, memberExternalId: string): void {
    const given = this.isGiven(requestExternalId, 'HasRequestExternalId').logicalId;
    const { secretStringTemplate, generateStringKey, passwordLength, excludePunctuation } = generatedSecret(memberExternalId);
    secret.addPropertyOverride(
      'SecretString',
      Fn.conditionIf(given, givenSecret(requestExternalId.valueAsString, memberExternalId), Aws.NO_VALUE),
    );
    secret.addPropertyOverride(
      'GenerateSecretString',
      Fn.conditionIf(given, Aws.NO_VALUE, {
        SecretStringTemplate: secretStringTemplate,
        GenerateStringKey: generateStringKey,
        PasswordLength: passwordLength,
        ExcludePunctuation: excludePunctuation,
      }),
    );
  }

  private lockIfWanted({ ledger }: EntityLockdown, lock: CfnParameter, days: CfnParameter): void {
    const { logicalId } = new CfnCondition(this, 'HasLedgerLock', {
      expression: Fn.conditionNot(Fn.conditionEquals(lock.valueAsString, 'NONE')),
    });
    const rule = { DefaultRetention: { Mode: lock.valueAsString, Days: days.valueAsNumber } };
    resourceOf(ledger).addPropertyOverride('ObjectLockConfiguration', {
      ObjectLockEnabled: 'Enabled',
      Rule: Fn.conditionIf(logicalId, rule, Aws.NO_VALUE),
    });
  }

  /** To the responder an empty list means all. */
  private allUnlessNamed({ responder }: EntityLockdown, accounts: CfnParameter): void {
    const joined = Fn.join(',', accounts.valueAsList);
    const { logicalId } = new CfnCondition(this, 'HasAllAccounts', { expression: Fn.conditionEquals(joined, '*') });
    resourceOf(responder).addPropertyOverride('Environment.Variables.LOCKDOWN_ACCOUNTS', Fn.conditionIf(logicalId, '', joined));
  }

  /** The commands in mails name it. */
  private nameReleaseRole({ responder }: EntityLockdown, { logicalId }: CfnCondition, rolePath: string): void {
    resourceOf(responder).addPropertyOverride(
      'Environment.Variables.LOCKDOWN_RELEASE_ROLE_NAME',
      Fn.conditionIf(logicalId, `${rolePath}${releaseRole}`, ''),
    );
  }

  private mailTo({ auditTopic: topic }: EntityLockdown, addresses: readonly CfnParameter[]): void {
    for (const address of addresses) {
      const subscription = new Subscription(this, `${address.node.id}Subscription`, {
        topic,
        protocol: SubscriptionProtocol.EMAIL,
        endpoint: address.valueAsString,
      });
      resourceOf(subscription).cfnOptions.condition = this.isGiven(address, `Has${address.node.id}`);
    }
  }

  /** The stack is not made with another zip than that which this template was written with: Lambda compares. */
  private checkCode({ responder }: EntityLockdown, codeSha256: string): void {
    new CfnVersion(this, `Code${codeSha256.slice(0, 16)}`, {
      functionName: responder.functionName,
      codeSha256: Buffer.from(codeSha256, 'hex').toString('base64'),
      description: `SHA-256 ${codeSha256}`,
    });
  }

  private say(lockdown: EntityLockdown, memberExternalId: string): void {
    const { requestTopic, findingsTopic, auditTopic, ledger, secret, role, responder, queues, requestPolicy, releasePolicy } =
      lockdown;
    const outputs: readonly (readonly [name: string, value: string, description: string])[] = [
      ['RequestTopicArn', requestTopic.topicArn, 'Publish the ARN of what is to be contained here.'],
      ['FindingsTopicArn', findingsTopic.topicArn, 'The target for EventBridge rules that pass findings on.'],
      ['AuditTopicArn', auditTopic.topicArn, 'Subscribe whoever reads what was done.'],
      [
        'Ledger',
        `s3://${ledger.bucketName}/${ledgerPrefix}`,
        'For lockdown --ledger. The bucket stays when the stack is deleted.',
      ],
      ['SecretArn', secret.ref, 'requestExternalId in it is what requests carry as ExternalId. Put a new value to rotate it.'],
      ['ResponderRoleArn', role.roleArn, 'The member template asks for it.'],
      ['ExternalId', memberExternalId, 'The member template asks for it. It is no secret.'],
      ['ContainmentRoleName', containmentRole, 'The name, without its path, of the role that contains in each account.'],
      [
        'RequestPolicyArn',
        requestPolicy.managedPolicyArn,
        'For analysts and tools: publish on the request topic, and nothing else.',
      ],
      [
        'ReleasePolicyArn',
        releasePolicy.managedPolicyArn,
        'For those who release: the ledger, and the release role of each account.',
      ],
      ['ResponderFunction', responder.functionName, 'The function.'],
      ['DeadContinuationsUrl', queues.deadContinuations.queueUrl, 'Containments that could not be continued wait here.'],
      ['DeadRequestsUrl', queues.deadRequests.queueUrl, 'Messages that could not be handled wait here.'],
    ];
    for (const [name, value, description] of outputs) new CfnOutput(this, name, { value, description });
  }
}

function resourceOf(construct: Construct): CfnResource {
  const { defaultChild } = construct.node;
  if (defaultChild === undefined || !CfnResource.isCfnResource(defaultChild))
    throw new Error(`${construct.node.path} is no resource`);
  return defaultChild;
}

interface Answers {
  readonly codeBucket: CfnParameter;
  readonly codeKey: CfnParameter;
  readonly auditEmails: readonly CfnParameter[];
  readonly requestExternalId: CfnParameter;
  readonly accounts: CfnParameter;
  readonly memberExternalId: CfnParameter;
  readonly releasePrincipals: CfnParameter;
  readonly protectedList: CfnParameter;
  readonly containFindings: CfnParameter;
  readonly customActions: CfnParameter;
  readonly ledgerLock: CfnParameter;
  readonly ledgerRetentionDays: CfnParameter;
}

/** As short as the environment of a function asks for. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const longestList = 1_200;

function ask(questions: Questions, codeSha256: string): Answers {
  questions.group('The code of the responder');
  const codeBucket = questions.ask('CodeBucket', {
    label: 'Bucket',
    type: 'String',
    description: 'The name of a bucket of this Region that the zip was uploaded to.',
  });
  const codeKey = questions.ask('CodeKey', {
    label: 'Object',
    type: 'String',
    default: `responder-${codeSha256.slice(0, 16)}.zip`,
    description: `The key of responder.zip there. Its SHA-256 must be ${codeSha256}.`,
  });

  questions.group('Who reads what was done');
  const auditEmails = Array.from({ length: emails }, (_, at) =>
    questions.ask(`AuditEmail${at + 1}`, {
      label: `Address ${at + 1}`,
      type: 'String',
      default: '',
      allowedPattern: '^([^@ ]+@[^@ ]+)?$',
      description:
        at === 0
          ? 'AWS sends a mail to confirm. More addresses, and other kinds of subscribers, can subscribe to the audit topic afterwards.'
          : 'Empty: none.',
    }),
  );

  questions.group('Who may request, and where');
  const requestExternalId = questions.ask('RequestExternalId', {
    label: 'Secret of requests',
    type: 'String',
    noEcho: true,
    default: '',
    allowedPattern: '^([A-Za-z0-9+=,.@:/_-]{22,128})?$',
    description:
      'What a request must carry as ExternalId; 22 characters or more. Empty: one is generated, and kept in Secrets Manager.',
  });
  const accounts = questions.ask('AccountIds', {
    label: 'Accounts',
    type: 'CommaDelimitedList',
    default: '*',
    allowedPattern: '^([*]|[0-9]{12})$',
    description:
      'The accounts whose entities may be contained, separated by commas; some hundred at most. *: all that have the member stack.',
  });
  const memberExternalId = questions.ask('MemberExternalId', {
    label: 'External id of the accounts',
    type: 'String',
    default: '',
    allowedPattern: '^([A-Za-z0-9+=,.@:/_-]{2,128})?$',
    description: 'What the responder gives when it assumes the role of an account. Empty: one is made from the id of this stack.',
  });
  const releasePrincipals = askReleasePrincipals(questions);

  questions.group('What is contained, and what never');
  const protectedList = questions.ask('ProtectedList', {
    label: 'Never to be contained',
    type: 'String',
    default: '[]',
    maxLength: longestList,
    description: 'JSON: [{"pattern": "arn:aws:iam::*:role/break-glass", "owner": "platform@example.com", "reason": "..."}]',
  });
  const containFindings = questions.ask('ContainFindings', {
    label: 'Findings that contain by themselves',
    type: 'String',
    default: '[]',
    maxLength: longestList,
    description: 'JSON: [{"types": ["CryptoCurrency:*"], "severity": "high"}]. []: none, people are told.',
  });
  const customActions = questions.ask('CustomActions', {
    label: 'Custom actions of Security Hub contain',
    type: 'String',
    default: 'true',
    allowedValues: ['true', 'false'],
    description: "A custom action is a person's click.",
  });

  questions.group('The ledger');
  const ledgerLock = questions.ask('LedgerLock', {
    label: 'Object Lock',
    type: 'String',
    default: 'NONE',
    allowedValues: ['NONE', 'GOVERNANCE', 'COMPLIANCE'],
    description:
      'Whether what is written to the ledger from now on is locked. For what was written it cannot be taken back; with COMPLIANCE not even by the root user.',
  });
  const ledgerRetentionDays = questions.ask('LedgerRetentionDays', {
    label: 'Days',
    type: 'Number',
    default: 365,
    minValue: 1,
    maxValue: 36_500,
    description: 'How long each version is locked, where there is a lock, and how long replaced versions are kept.',
  });
  return {
    codeBucket,
    codeKey,
    auditEmails,
    requestExternalId,
    accounts,
    memberExternalId,
    releasePrincipals,
    protectedList,
    containFindings,
    customActions,
    ledgerLock,
    ledgerRetentionDays,
  };
}
