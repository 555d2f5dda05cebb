import type { EntityLockdownMember } from '@entity-lockdown/constructs';
import { Aws, CfnCondition, type CfnParameter, CfnResource, Fn, type Stack } from 'aws-cdk-lib';
import type { Questions } from './questions.ts';

// What both templates ask.

export function askReleasePrincipals(questions: Questions): CfnParameter {
  return questions.ask('ReleasePrincipals', {
    label: 'Who may release',
    type: 'CommaDelimitedList',
    default: '',
    allowedPattern: '^(arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+)?$',
    // The Region in this path is left out where Identity Center is in us-east-1.
    // https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    description:
      'ARNs of roles or users of the security account, separated by commas; * stands for what is not known, as in arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Responders_*. Empty: there is no release role.',
  });
}

/** Nobody named: no role. Answers the condition that somebody is. */
export function onlyWithPrincipals(stack: Stack, principals: CfnParameter, member: EntityLockdownMember): CfnCondition {
  const named = new CfnCondition(stack, 'HasReleasePrincipals', {
    expression: Fn.conditionNot(Fn.conditionEquals(Fn.join('', principals.valueAsList), '')),
  });
  for (const child of member.node.findAll()) {
    if (CfnResource.isCfnResource(child) && child.node.path.includes('/ReleaseRole')) child.cfnOptions.condition = named;
  }
  return named;
}

export interface Demands {
  readonly rolePath: string;
  readonly permissionsBoundaryArn: string;
}

export function askDemands(stack: Stack, questions: Questions): Demands {
  questions.group('What your organization demands of roles');
  const path = questions.ask('RolePath', {
    label: 'Path of the roles',
    type: 'String',
    default: '',
    // What begins so, in a path too, is what the plugins may change.
    allowedPattern: '^(?!EntityLockdown-)([A-Za-z0-9+=,.@_-]+/)*$',
    description: 'Such as security/ - the same in all accounts. Empty: none.',
  });
  const boundary = questions.ask('PermissionsBoundaryArn', {
    label: 'Permissions boundary',
    type: 'String',
    default: '',
    allowedPattern: '^(arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+)?$',
    description: 'The ARN of a managed policy of this account. It must leave the roles what their policies allow. Empty: none.',
  });
  const has = new CfnCondition(stack, 'HasPermissionsBoundary', {
    expression: Fn.conditionNot(Fn.conditionEquals(boundary.valueAsString, '')),
  });
  return {
    rolePath: path.valueAsString,
    permissionsBoundaryArn: Fn.conditionIf(has.logicalId, boundary.valueAsString, Aws.NO_VALUE).toString(),
  };
}
