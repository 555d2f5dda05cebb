import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A moto server of one's own. https://docs.getmoto.org/en/latest/docs/server_mode.html */
export interface Moto {
  /** For the `endpoint` of every client, or AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  /** Empties every account. Policies are not enforced after it. */
  reset(): Promise<void>;
  /**
   * Whether moto checks signatures and evaluates policies from now on, for every caller. While it does, only access keys and sessions
   * that were made in it work. https://docs.getmoto.org/en/latest/docs/iam.html
   */
  enforcePolicies(on: boolean): Promise<void>;
  /** How long every request takes from now on, in milliseconds, beside moto's own time. */
  setLatency(milliseconds: number): Promise<void>;
  /** Ends the server. It also ends with the process that started it, however that ends. */
  stop(): Promise<void>;
}

const root = new URL('../', import.meta.url);
/** The Python that moto runs in. */
export const python: string = fileURLToPath(
  new URL(process.platform === 'win32' ? '.venv/Scripts/python.exe' : '.venv/bin/python', root),
);

/**
 * Starts moto on a free port, and answers when it takes requests. The managed policies named in serve.py are there; functions can be
 * created without Docker.
 */
export async function startMoto(): Promise<Moto> {
  if (!existsSync(python)) throw new Error('moto is not installed: run `pnpm test:moto`, which installs it first');
  const child = spawn(python, [fileURLToPath(new URL('serve.py', root))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const endpoint = `http://127.0.0.1:${await portOf(child.stdout)}`;
  // https://docs.getmoto.org/en/latest/docs/configuration/index.html
  const configure = (): Promise<void> => tell(endpoint, 'config', JSON.stringify({ lambda: { use_docker: false } }));
  await configure();
  return {
    endpoint,
    async reset() {
      await tell(endpoint, 'reset-auth', 'inf');
      await tell(endpoint, 'reset', '');
      await configure();
    },
    enforcePolicies: (on) => tell(endpoint, 'reset-auth', on ? '0' : 'inf'),
    setLatency: (milliseconds) => tell(endpoint, 'latency', String(milliseconds)),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

async function portOf(output: Readable): Promise<number> {
  for await (const line of createInterface({ input: output })) return (JSON.parse(line) as { port: number }).port;
  throw new Error('moto ended before it took requests; the reason is above');
}

/** https://docs.getmoto.org/en/latest/docs/configuration/state_transition/index.html and the pages beside it */
async function tell(endpoint: string, what: string, body: string): Promise<void> {
  const answer = await fetch(`${endpoint}/moto-api/${what}`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`moto refused ${what}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}
