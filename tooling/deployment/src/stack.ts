import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { Account } from './accounts.ts';

export interface Parameters {
  readonly [name: string]: string;
}

export interface Outputs {
  readonly [name: string]: string;
}

/** Makes a stack of a template, or brings it up to date, and answers its outputs. */
export async function deploy(
  { endpoint, credentials }: Account,
  region: string,
  name: string,
  template: object,
  parameters: Parameters,
): Promise<Outputs> {
  const client = new CloudFormationClient({ endpoint, credentials, region, maxAttempts: 1 });
  const input = {
    StackName: name,
    TemplateBody: JSON.stringify(template),
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  };
  const isThere = await client.send(new DescribeStacksCommand({ StackName: name })).then(
    () => true,
    () => false,
  );
  await client.send(isThere ? new UpdateStackCommand(input) : new CreateStackCommand(input));
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
  if (stack?.StackStatus !== (isThere ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE'))
    throw new Error(`The stack ${name} is ${stack?.StackStatus}: ${stack?.StackStatusReason}`);
  return Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
}

export async function remove({ endpoint, credentials }: Account, region: string, name: string): Promise<void> {
  await new CloudFormationClient({ endpoint, credentials, region, maxAttempts: 1 }).send(
    new DeleteStackCommand({ StackName: name }),
  );
}
