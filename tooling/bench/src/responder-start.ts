import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
  readonly plugin: string;
  /** Which is called first in the entity's account. */
  readonly service: string;
}

const types: readonly EntityType[] = [
  {
    title: 'IAM user',
    name: 'user',
    arn: 'arn:aws:iam::111122223333:user/alice',
    plugin: 'plugin-iam-user',
    service: 'iam',
  },
  {
    title: 'IAM role',
    name: 'role',
    arn: 'arn:aws:iam::111122223333:role/app',
    plugin: 'plugin-iam-role',
    service: 'iam',
  },
  {
    title: 'Lambda function',
    name: 'function',
    arn: 'arn:aws:lambda:eu-west-1:111122223333:function:thumbnails',
    plugin: 'plugin-lambda',
    service: 'lambda',
  },
  {
    title: 'EC2 instance',
    name: 'instance',
    arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
    plugin: 'plugin-ec2',
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
    const bundle = bundleIn(folder);
    const measured = types.map((type) => ({ type, times: emptyTimes() }));
    for (let run = -1; run < runs; run += 1)
      for (const { type, times } of measured) {
        const one = await timesOfType(type, bundle);
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

async function timesOfType(type: EntityType, bundle: Bundle): Promise<{ readonly [moment in Moment]: Sides<number> }> {
  const { end: loaded } = await timesOf(loading(type, bundle));
  const { calls: ours } = await timesOf(responder(type, bundle));
  const { end: clients } = await timesOf(reference(type, 'clients', []));
  const { calls: theirs } = await timesOf(reference(type, 'calls', [type.service]));
  return {
    loaded: { ours: loaded, reference: clients },
    account: { ours: given(ours, 'sts'), reference: given(theirs, 'sts') },
    service: { ours: given(ours, type.service), reference: given(theirs, type.service) },
  };
}

interface Bundle {
  readonly index: string;
  /** The file that is loaded when a module is asked for that ends so. */
  fileOf(module: string): string;
}

function bundleIn(folder: string): Bundle {
  const { outputs } = JSON.parse(readFileSync(join(folder, 'metafile.json'), 'utf8')) as {
    readonly outputs: { readonly [file: string]: { readonly entryPoint?: string } };
  };
  return {
    index: join(folder, 'bundle/index.mjs'),
    fileOf(module) {
      const [file] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(module)) ?? [];
      if (file === undefined) throw new Error(`the bundle has no file for ${module}`);
      return join(folder, 'bundle', basename(file));
    },
  };
}

/** Loads what a request for the type needs. Its own clients are made by that. */
function loading({ plugin }: EntityType, { index, fileOf }: Bundle): TimedProcess {
  const files = [index, fileOf('/client-sts/dist-es/index.js'), fileOf(`/${plugin}/src/index.ts`)];
  const program = `await Promise.all(${JSON.stringify(files)}.map((file) => import(file))); process.exit(0);`;
  return { program: process.execPath, args: ['--input-type=module', '-e', program], env: deployed, last: [] };
}

function given(calls: ReadonlyMap<string, number>, service: string): number {
  const at = calls.get(service);
  if (at === undefined) throw new Error(`there was no call to ${service}`);
  return at;
}

function responder({ arn, service }: EntityType, { index }: Bundle): TimedProcess {
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
