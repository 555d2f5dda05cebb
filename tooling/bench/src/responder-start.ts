import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { python } from '@entity-lockdown/moto';
import { secret } from './stand-in.ts';
import { type TimedProcess, timesOf } from './timed-process.ts';
import { type Typical, typical } from './typical.ts';

/** Until when a new process is timed: see docs/performance.md. */
export type Moment = 'loaded' | 'account' | 'service';
export const moments: readonly Moment[] = ['loaded', 'account', 'service'];

/** How long a new process takes to contain an entity of a type: the responder's, and the reference's. */
export interface ResponderStart {
  readonly type: string;
  readonly times: { readonly [moment in Moment]: { readonly ours: Typical; readonly reference: Typical } };
}

interface EntityType {
  readonly title: string;
  /** As reference.py calls it. */
  readonly name: string;
  readonly arn: string;
  /** Which is called first in the entity's account. */
  readonly service: string;
}

const types: readonly EntityType[] = [
  { title: 'IAM user', name: 'user', arn: 'arn:aws:iam::111122223333:user/alice', service: 'iam' },
  { title: 'IAM role', name: 'role', arn: 'arn:aws:iam::111122223333:role/app', service: 'iam' },
  {
    title: 'Lambda function',
    name: 'function',
    arn: 'arn:aws:lambda:eu-west-1:111122223333:function:thumbnails',
    service: 'lambda',
  },
  {
    title: 'EC2 instance',
    name: 'instance',
    arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
    service: 'ec2',
  },
];

const topic = (name: string): string => `arn:aws:sns:eu-west-1:999988887777:${name}`;

/** Of both, by the URL of what stands in for AWS. */
const lambda = (url: string): { readonly [name: string]: string } => ({
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_SESSION_TOKEN: 'none',
  AWS_ENDPOINT_URL: url,
});

/** What the template deploys the function with. */
const deployed = (url: string): { readonly [name: string]: string } => ({
  ...lambda(url),
  AWS_LAMBDA_FUNCTION_NAME: 'Responder',
  LOCKDOWN_LEDGER: 's3://entity-lockdown-ledger/responder',
  LOCKDOWN_REQUEST_TOPIC: topic('requests'),
  LOCKDOWN_FINDINGS_TOPIC: topic('findings'),
  LOCKDOWN_AUDIT_TOPIC: topic('audit'),
  LOCKDOWN_CONTINUATIONS: `${url}/999988887777/continuations`,
  LOCKDOWN_DEAD_CONTINUATIONS: `${url}/999988887777/dead-continuations`,
  LOCKDOWN_DEAD_REQUESTS: `${url}/999988887777/dead-requests`,
  LOCKDOWN_SECRET: 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:responder-AbCdEf',
  LOCKDOWN_ROLE_NAME: 'EntityLockdown',
  LOCKDOWN_RELEASE_ROLE_NAME: 'EntityLockdownRelease',
  LOCKDOWN_ACCOUNTS: '',
  LOCKDOWN_PROTECTED: '[]',
  LOCKDOWN_FINDING_RULES: '{}',
  POWERTOOLS_SERVICE_NAME: 'entity-lockdown',
  POWERTOOLS_METRICS_NAMESPACE: 'EntityLockdown',
});

/** Times new processes that contain an entity of each type, all taking turns. */
export async function measureResponderStarts(runs: number): Promise<readonly ResponderStart[]> {
  const folder = mkdtempSync(join(tmpdir(), 'entity-lockdown-bench-'));
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, '../../../apps/responder/bundle.mjs'), folder]);
    const index = join(folder, 'bundle/index.mjs');
    const measured = types.map((type) => ({ type, times: emptyTimes() }));
    for (let run = -1; run < runs; run += 1)
      for (const { type, times } of measured) {
        const one = await timesOfType(type, index);
        // The first is not counted: files are read from the disk then.
        if (run >= 0) for (const moment of moments) for (const whose of sides) times[moment][whose].push(one[moment][whose]);
      }
    return measured.map(({ type, times }) => ({ type: type.title, times: mapMoments((moment) => typicalOf(times[moment])) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Side = 'ours' | 'reference';
type Sides<T> = { readonly [side in Side]: T };
const sides: readonly Side[] = ['ours', 'reference'];

function mapMoments<T>(value: (moment: Moment) => T): { readonly [moment in Moment]: T } {
  return { loaded: value('loaded'), account: value('account'), service: value('service') };
}

function emptyTimes(): { readonly [moment in Moment]: Sides<number[]> } {
  return mapMoments(() => ({ ours: [], reference: [] }));
}

function typicalOf({ ours, reference }: Sides<readonly number[]>): Sides<Typical> {
  return { ours: typical(ours), reference: typical(reference) };
}

async function timesOfType(type: EntityType, index: string): Promise<{ readonly [moment in Moment]: Sides<number> }> {
  const { calls: ours } = await timesOf(responder(type, index));
  const { end: clients } = await timesOf(reference(type, 'clients', []));
  const { calls: theirs } = await timesOf(reference(type, 'calls', [type.service]));
  return {
    loaded: { ours: given(ours, 'sqs'), reference: clients },
    account: { ours: given(ours, 'sts'), reference: given(theirs, 'sts') },
    service: { ours: given(ours, type.service), reference: given(theirs, type.service) },
  };
}

function given(calls: ReadonlyMap<string, number>, service: string): number {
  const at = calls.get(service);
  if (at === undefined) throw new Error(`there was no call to ${service}`);
  return at;
}

function responder({ arn, service }: EntityType, index: string): TimedProcess {
  const text = (Value: string): object => ({ Type: 'String', Value });
  const MessageAttributes = { Arn: text(arn), ExternalId: text(secret.requestExternalId) };
  const Sns = {
    Type: 'Notification',
    MessageId: 'bench',
    TopicArn: topic('requests'),
    Message: 'contain',
    Timestamp: new Date().toISOString(),
    MessageAttributes,
  };
  const event = { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns }] };
  const program = `import { handler } from ${JSON.stringify(index)}; await handler(${JSON.stringify(event)});`;
  return { program: process.execPath, args: ['--input-type=module', '-e', program], env: deployed, last: [service] };
}

function reference({ name }: EntityType, until: 'clients' | 'calls', last: readonly string[]): TimedProcess {
  return { program: python, args: [join(import.meta.dirname, 'reference.py'), until, name], env: lambda, last };
}
