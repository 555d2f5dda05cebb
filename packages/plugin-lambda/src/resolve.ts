import { type Entity, formatArn, isRegionOf, partitionOfRegion, type Reference, type Refusal } from '@entity-lockdown/plugin-api';

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax
const nameForm = /^[a-zA-Z0-9-_]{1,64}$/;
const qualifierForm = /^(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128})$/;

const usual = 'arn:aws:lambda:REGION:ACCOUNT:function:NAME';

/** The function that an ARN of Lambda names: by itself, or by a version or an alias of it. */
export function resolve({ arn }: Reference): Entity | Refusal {
  const [kind = '', name = '', ...rest] = arn.resource.split(':');
  const other = Object.hasOwn(insteadOf, kind) ? insteadOf[kind] : undefined;
  if (other !== undefined) return other;
  if (arn.resource.includes('/durable-execution/')) return durableExecution;
  if (kind !== 'function')
    return refuse(`"${arn.resource}" is no function of Lambda.`, `Give the ARN of the function: ${usual}.`);
  if (arn.region === '' || arn.account === '')
    return refuse('The ARN of a function has a Region and an account.', `Give it in full: ${usual}.`);
  if (name === '') return refuse('The ARN ends before the name of the function.', `Give it in full: ${usual}.`);
  if (!nameForm.test(name))
    return refuse(
      `"${name}" is not the name of a function: 1 to 64 letters, digits, hyphens and underscores.`,
      'Check the name: "aws lambda list-functions" shows the ARNs.',
    );
  const [qualifier, ...more] = rest;
  if (more.length > 0 || (qualifier !== undefined && !qualifierForm.test(qualifier)))
    return refuse(`"${rest.join(':')}" is neither a version nor an alias.`, `Give the function itself: ${usual}.`);
  if (!isRegionOf(arn.partition, arn.region))
    return refuse(
      `The Region ${arn.region} belongs to the partition ${partitionOfRegion(arn.region)}, not to ${arn.partition}.`,
      'Check the ARN.',
    );
  return {
    key: `${arn.partition}:${arn.account}:${arn.region}:${name}`,
    arn: formatArn({ ...arn, resource: `function:${name}` }),
    partition: arn.partition,
    account: arn.account,
    region: arn.region,
    name,
    ...(qualifier !== undefined && {
      note: `The whole function ${name} is meant, with all its versions and aliases, although ${qualifier} was named: reserved concurrency knows no versions.`,
    }),
  };
}

function refuse(refused: string, instead: string): Refusal {
  return { refused, instead };
}

const durableExecution: Refusal = {
  refused: 'This is a durable execution, not a function.',
  instead: `Give the ARN of its function: ${usual}. "aws lambda stop-durable-execution" ends a single execution, for good.`,
};

const insteadOf: { readonly [kind: string]: Refusal } = {
  'event-source-mapping': {
    refused: 'This is an event source mapping, not a function.',
    instead: `Give the ARN of the function that it starts (${usual}): its mappings are disabled with it. "aws lambda get-event-source-mapping --uuid UUID" shows it.`,
  },
  layer: {
    refused: 'This is a layer: it runs nothing by itself.',
    instead:
      'Give the ARNs of the functions that use it: "aws lambda list-functions --query \'Functions[].[FunctionArn,Layers[].Arn]\'" shows them.',
  },
  'code-signing-config': {
    refused: 'This is a code signing configuration: it runs nothing by itself.',
    instead:
      'Give the ARNs of the functions that use it: "aws lambda list-functions-by-code-signing-config --code-signing-config-arn ARN" shows them.',
  },
  'capacity-provider': {
    refused: 'This is a capacity provider: functions run on it.',
    instead:
      'Give the ARNs of those functions: "aws lambda list-function-versions-by-capacity-provider --capacity-provider-name NAME" shows them.',
  },
};
