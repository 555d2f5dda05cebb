import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { python } from '@entity-lockdown/moto';
import { type CommandPlace, type Ended, endOf } from './command.ts';

const root = join(import.meta.dirname, '../../../..');

/** A clone of this repository as far as deploying needs it, and a path with the commands that the documents use. */
export interface Clone {
  readonly folder: string;
  /** Runs commands as they are, in the clone, as somebody whose credentials are in the environment. */
  run(place: CommandPlace, commands: string, answer?: Answer): Promise<Ended>;
}

/** What a person types at a question. */
export interface Answer {
  readonly question: string;
  readonly typed: string;
}

export function clone(): Clone {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  for (const part of ['apps/responder', 'apps/infra']) {
    cpSync(join(root, part), join(folder, part), { recursive: true, filter: isOwn });
    symlinkSync(join(root, part, 'node_modules'), join(folder, part, 'node_modules'));
  }
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(commands())) {
    writeFileSync(join(bin, name), `#!/bin/sh\nset -eu\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    folder,
    async run({ endpoint, region, credentials, ahead, env }, block, answer) {
      const shell = ['sh', '-euc', block];
      const [program = '', ...args] =
        answer === undefined
          ? shell
          : [python, join(import.meta.dirname, 'terminal.py'), answer.question, answer.typed, ...shell];
      const child = spawn(program, args, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A question that never comes leaves nothing behind that waits for it.
        timeout: 100_000,
        env: {
          PATH: `${bin}:${process.env.PATH}`,
          HOME: folder,
          AWS_ENDPOINT_URL: endpoint,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
          AWS_REGION: region,
          AWS_DEFAULT_REGION: region,
          CLOCK_AHEAD: String(ahead),
          ...env,
        },
      });
      return await endOf(child);
    },
  };
}

/** Neither what is installed nor what was made here before. */
function isOwn(path: string): boolean {
  return !/node_modules|responder\/dist|infra\/dist\/templates/.test(relative(root, path));
}

/** The scripts of pnpm without the look whether all is installed and built, which it is. */
function commands(): { readonly [name: string]: string } {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { [name: string]: string } };
  const responder = JSON.parse(readFileSync(join(root, 'apps/responder/package.json'), 'utf8')) as {
    scripts: { package: string };
  };
  const [packaging, synthesizing] = ['pnpm --filter @entity-lockdown/responder run package', 'node apps/infra/dist/main.js'];
  if (!scripts.synth?.endsWith(`${packaging} && ${synthesizing}`))
    throw new Error('The script synth does other things than here');
  const node = JSON.stringify(process.execPath);
  const clock = JSON.stringify(join(import.meta.dirname, 'turned-clock.mjs'));
  return {
    // The variable of the endpoint is not enough: for queues version 1 of the AWS CLI goes to AWS's address whatever it says.
    aws: `exec ${join(dirname(python), 'aws')} --endpoint-url "$AWS_ENDPOINT_URL" "$@"`,
    lockdown: `exec ${node} --import ${clock} ${join(root, 'apps/cli/bin/lockdown.js')} "$@"`,
    node: `exec ${node} "$@"`,
    npx: `case "$*" in
'--yes pnpm@12 synth') (cd apps/responder && ${responder.scripts.package}) && exec ${synthesizing} ;;
*) echo "npx $* is not known here" >&2; exit 1 ;;
esac`,
  };
}
