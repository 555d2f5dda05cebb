import { conditionalDenyGrants, unconditionalDenyGrants } from '@entity-lockdown/iam-deny';
import type { Manifest } from '@entity-lockdown/plugin-api';

const itself = 'arn:{partition}:lambda:{region}:{account}:function:{name}';
const roles = ['arn:{partition}:iam::{account}:role/*'];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
export const manifest: Manifest = {
  api: 1,
  id: 'aws.lambda.function',
  title: 'Lambda function',
  match: ['arn:*:lambda:*:*:*'],
  hints: [
    {
      prefix: 'function:',
      say: 'That is a part of the ARN of a function. Give it in full: arn:aws:lambda:REGION:ACCOUNT:function:NAME.',
    },
  ],
  options: {
    scope: {
      kind: 'choice',
      title: 'Whom the deny on the execution role is for: everything that uses the role, or this function alone',
      values: ['role', 'function'],
      default: 'role',
    },
  },
  grants: [
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:GetFunctionConfiguration', 'lambda:GetFunctionConcurrency', 'lambda:ListProvisionedConcurrencyConfigs'],
      resources: [itself],
      why: 'see how the function is, and read back what was changed',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:ListVersionsByFunction'],
      resources: [itself],
      why: 'find the execution roles that published versions keep',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:ListAliases'],
      resources: [itself],
      why: 'find the event source mappings of its aliases',
      optional: 'event source mappings of aliases stay enabled',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:ListEventSourceMappings'],
      resources: ['*'],
      why: 'find what feeds the function; the action knows no resource',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      resources: ['arn:{partition}:lambda:{region}:{account}:event-source-mapping:*'],
      why: 'disable what feeds the function and enable it again, also where it was pointed to another function meanwhile',
    },
    {
      sessions: ['contain', 'release'],
      actions: ['lambda:PutFunctionConcurrency'],
      resources: [itself],
      why: 'reserve no concurrency, or as much as there was',
    },
    {
      sessions: ['release'],
      actions: ['lambda:DeleteFunctionConcurrency'],
      resources: [itself],
      why: 'take the reservation away where there was none',
    },
    {
      sessions: ['contain'],
      actions: ['lambda:DeleteProvisionedConcurrencyConfig'],
      resources: [`${itself}:*`],
      why: 'remove provisioned concurrency, which stands in the way of reserving none',
    },
    {
      sessions: ['release'],
      actions: ['lambda:PutProvisionedConcurrencyConfig'],
      resources: [`${itself}:*`],
      why: 'put provisioned concurrency back',
    },
    ...unconditionalDenyGrants('role', roles),
    ...conditionalDenyGrants(roles),
  ],
};
