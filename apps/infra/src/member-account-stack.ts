import { EntityLockdownMember } from '@entity-lockdown/constructs';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { askDemands, askReleasePrincipals, onlyWithPrincipals } from './common-questions.ts';
import { Questions } from './questions.ts';
import { withoutBootstrap } from './without-bootstrap.ts';

/** The template of every other account: its two roles. IAM is global, so one Region of each account is enough. */
export class MemberAccountStack extends Stack {
  constructor(scope: Construct, id: string, manifests: readonly Manifest[]) {
    super(scope, id, {
      synthesizer: withoutBootstrap(),
      description:
        'Entity Lockdown: the roles with which entities of this account are contained and released. One Region is enough.',
    });
    const questions = new Questions(this);
    questions.group('The responder');
    const responderRoleArn = questions.ask('ResponderRoleArn', {
      label: 'Its role',
      type: 'String',
      allowedPattern: '^arn:[a-z-]+:iam::[0-9]{12}:role/.+$',
      description: 'The output ResponderRoleArn of the stack in the security account.',
    });
    const externalId = questions.ask('ExternalId', {
      label: 'External id',
      type: 'String',
      allowedPattern: '^[A-Za-z0-9+=,.@:/_-]{2,128}$',
      description: 'The output ExternalId of the stack in the security account.',
    });
    const releasePrincipals = askReleasePrincipals(questions);
    const member = new EntityLockdownMember(this, 'Member', {
      ...askDemands(this, questions),
      manifests,
      responderRoleArn: responderRoleArn.valueAsString,
      externalId: externalId.valueAsString,
      releasePrincipals: releasePrincipals.valueAsList,
    });
    onlyWithPrincipals(this, releasePrincipals, member);
    new CfnOutput(this, 'ContainmentRoleArn', {
      value: member.containmentRole.roleArn,
      description: 'What the responder acts with here.',
    });
  }
}
