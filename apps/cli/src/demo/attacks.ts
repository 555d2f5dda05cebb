import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { awsErrorCode } from '@entity-lockdown/plugin-api';
import { canConnect, connectionsOf } from '@entity-lockdown/sandbox';
import type { VirtualTime } from '../virtual/virtual-time.ts';
import { type Organization, region } from './organization.ts';

/** Something that the attacker does, with credentials stolen before the containment. */
export interface Attack {
  readonly with: string;
  readonly does: string;
  /** Answers `works`, or how it was refused. */
  attempt(): Promise<string>;
}

/** What the attacker can do with the four entities. The credentials are taken now: later they are the old ones. */
export function attacksOn(org: Organization, time: VirtualTime): readonly Attack[] {
  const key = clientsOf(org, org.user);
  const session = clientsOf(org, org.role);
  const inFunction = clientsOf(org, org.function);
  const onInstance = clientsOf(org, org.instance);
  const customers = { Bucket: org.buckets.customers, Key: 'customers.csv' };
  const invoices = { Bucket: org.buckets.invoices, Key: '2026.csv' };
  const owner = clientsOf(org, `admin:${org.role.split(':')[4]}`);
  const stolenKey = 'a stolen access key';
  const oldSession = 'an old role session';
  const aFunction = 'a hijacked function';
  const anInstance = 'a shell on an instance';
  return [
    { with: stolenKey, does: 'reads customer data (S3)', attempt: () => outcome(key.s3.send(new GetObjectCommand(customers))) },
    { with: stolenKey, does: 'lists users (IAM)', attempt: () => outcome(key.iam.send(new ListUsersCommand({}))) },
    { with: stolenKey, does: 'lists instances (EC2)', attempt: () => outcome(key.ec2.send(new DescribeInstancesCommand({}))) },
    { with: oldSession, does: 'reads invoices (S3)', attempt: () => outcome(session.s3.send(new GetObjectCommand(invoices))) },
    {
      with: oldSession,
      does: 'lists functions (Lambda)',
      attempt: () => outcome(session.lambda.send(new ListFunctionsCommand({}))),
    },
    {
      with: aFunction,
      does: 'has it run (Lambda)',
      attempt: () => outcome(owner.lambda.send(new InvokeCommand({ FunctionName: 'billing' }))),
    },
    {
      with: aFunction,
      does: 'reads invoices from it (S3)',
      attempt: () => outcome(inFunction.s3.send(new GetObjectCommand(invoices))),
    },
    {
      with: anInstance,
      does: 'reads customer data (S3)',
      attempt: () => outcome(onInstance.s3.send(new GetObjectCommand(customers))),
    },
    { with: anInstance, does: 'types into its open shell', attempt: async () => shellState(org, time) },
    { with: anInstance, does: 'calls out anew', attempt: async () => callsOut(org, time) },
  ];
}

/** What others do, who must not feel the containment. */
export function bystandersOf(org: Organization): readonly Attack[] {
  const sibling = clientsOf(org, org.sibling);
  const customers = { Bucket: org.buckets.customers, Key: 'customers.csv' };
  return [
    {
      with: 'the other web server',
      does: 'reads with the same role (S3)',
      attempt: () => outcome(sibling.s3.send(new GetObjectCommand(customers))),
    },
  ];
}

function clientsOf({ sandbox }: Organization, principal: string) {
  const config = { region, credentials: sandbox.credentials(principal), maxAttempts: 1 };
  return {
    s3: sandbox.createClient(S3Client, config),
    iam: sandbox.createClient(IAMClient, config),
    ec2: sandbox.createClient(EC2Client, config),
    lambda: sandbox.createClient(LambdaClient, config),
  };
}

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'works';
  } catch (error) {
    return awsErrorCode(error) ?? 'failed';
  }
}

function shellState({ place, shell, interface: networkInterface }: Organization, time: VirtualTime): string {
  const ended = connectionsOf(place, time.now(), networkInterface).find(({ id }) => id === shell.id)?.ended;
  return ended === undefined ? 'works' : 'cut off';
}

function callsOut({ place, interface: networkInterface }: Organization, time: VirtualTime): string {
  return canConnect(place, time.now(), { interface: networkInterface, family: 'ipv4', port: 4444 }) ? 'works' : 'cut off';
}
