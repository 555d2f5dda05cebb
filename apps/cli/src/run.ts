import { CommanderError } from 'commander';
import { earlyOptions } from './early-options.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { buildProgram, type CommandName, commandNames } from './program.ts';
import type { Result, Running } from './result.ts';
import type { PluginFlag } from './settings/plugin-flags.ts';
import { version } from './settings/version.ts';
import { red } from './text/paint.ts';
import { printable, printableJson } from './text/printable.ts';
import { createWriter, type Writer, withoutSecrets } from './writer.ts';

/** The version of the object that --json prints. */
const jsonVersion = 1;

interface Chosen {
  readonly name: CommandName;
  readonly args: readonly string[];
  readonly options: { readonly [name: string]: unknown };
}

/** Runs one command. Answers its exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const early = earlyOptions(argv);
  const secrets = secretsIn(argv, io);
  const out = createWriter(io.stdout, io.env, secrets);
  const err = createWriter(io.stderr, io.env, secrets);
  let chosen: Chosen | undefined;
  try {
    const flags = early.takesPluginFlags ? await flagsOfPlugins(early.pluginsFrom, io) : [];
    const choice = choose(argv, flags, out);
    if (typeof choice === 'number') return choice;
    chosen = choice;
    const result = await runChosen(chosen, io, err, secrets);
    if (early.json)
      out.raw(`${printableJson({ version: jsonVersion, command: chosen.name, exitCode: result.exitCode, ...result.json })}\n`);
    else result.show(out, err);
    return result.exitCode;
  } catch (error) {
    return await report(error, chosen?.name ?? commandIn(argv), early.json, { io, out, err, secrets });
  }
}

/** Reads the arguments. A number where all is done: help was shown. */
function choose(argv: readonly string[], flags: readonly PluginFlag[], out: Writer): Chosen | ExitCode {
  let chosen: Chosen | undefined;
  const program = buildProgram(version, flags, (name, args, options) => {
    chosen = { name, args, options };
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => out.raw(text),
      // Help that nobody asked for comes with an error of its own.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => 80,
    });
  }
  if (argv.length === 0) {
    out.raw(program.helpInformation());
    return 2;
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    throw error;
  }
  return chosen ?? 2;
}

async function runChosen({ name, args, options }: Chosen, io: Io, err: Writer, secrets: string[]): Promise<Result> {
  const stop = new AbortController();
  const second = new AbortController();
  const standing = { text: 'Nothing was changed.' };
  const progress = options.quiet === true ? silent : err;
  const off = io.onInterrupt(() => {
    if (stop.signal.aborted) second.abort();
    else {
      stop.abort();
      progress.line('Interrupted: what is under way is brought to a safe end. Once more ends at once.');
    }
  });
  const running: Running = {
    io,
    progress,
    verbose: options.verbose === true,
    signal: stop.signal,
    secrets,
    standing,
  };
  try {
    return await Promise.race([start(name, args, options, running), interruptedTwice(second.signal, standing)]);
  } finally {
    off();
    progress.status('');
  }
}

/** Loads a command when it is run, and not before: AWS clients are slow to load, and help needs none. */
async function start(
  name: CommandName,
  args: readonly string[],
  options: { readonly [name: string]: unknown },
  running: Running,
): Promise<Result> {
  switch (name) {
    case 'plan':
      return (await import('./commands/plan.ts')).plan(args, options, running);
    case 'contain':
      return (await import('./commands/contain.ts')).contain(args, options, running);
    case 'request':
      return (await import('./commands/request.ts')).request(args, options, running);
    case 'release':
      return (await import('./commands/release.ts')).release(args, options, running);
    case 'status':
      return (await import('./commands/status.ts')).status(args[0], options, running);
    case 'plugins':
      return (await import('./commands/plugins.ts')).plugins(options, running);
    case 'permissions':
      return (await import('./commands/permissions.ts')).permissions(options, running);
    case 'demo':
      return (await import('./commands/demo.ts')).demo(options, running);
  }
}

async function interruptedTwice(signal: AbortSignal, standing: { readonly text: string }): Promise<Result> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  return {
    exitCode: 130,
    json: { interrupted: true, next: standing.text },
    show: (out) => out.paragraph('interrupted: ', standing.text),
  };
}

async function flagsOfPlugins(folders: readonly string[], io: Io): Promise<readonly PluginFlag[]> {
  const [{ pluginFlags }, { discoverPlugins }] = await Promise.all([
    import('./settings/plugin-flags.ts'),
    import('./settings/plugin-hosts.ts'),
  ]);
  const plain = buildProgram(version, [], () => {});
  const taken = new Set(plain.commands.flatMap((command) => command.options.map(({ long }) => long?.slice(2) ?? '')));
  return pluginFlags(io.registry ?? (await discoverPlugins(folders, io.env)), taken);
}

interface Reporting {
  readonly io: Io;
  readonly out: Writer;
  readonly err: Writer;
  readonly secrets: readonly string[];
}

/** Says what went wrong and what to do next: on stderr, or in the JSON object. */
async function report(
  error: unknown,
  command: CommandName | null,
  json: boolean,
  { io, out, err, secrets }: Reporting,
): Promise<ExitCode> {
  const { code, message, next, exitCode } = await asReport(error, command);
  const said = { code, message: withoutSecrets(message, secrets), next: withoutSecrets(next, secrets) };
  if (json) out.raw(`${printableJson({ version: jsonVersion, command, exitCode, error: said })}\n`);
  else {
    err.line(red('error: '), said.message);
    err.line('next: ', said.next);
  }
  if ((io.env.LOCKDOWN_DEBUG ?? '') !== '' && error instanceof Error) err.raw(`${withoutSecrets(error.stack ?? '', secrets)}\n`);
  return exitCode;
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly exitCode: ExitCode;
}

async function asReport(error: unknown, command: CommandName | null): Promise<Report> {
  if (error instanceof CommanderError) {
    return {
      code: 'usage',
      // Commander shows the help of the program to whoever asks for that of a command that is none.
      message: error.code === 'commander.help' ? 'There is no such command.' : sentence(error.message),
      next: `lockdown ${command === null ? '--help' : `${command} --help`} shows what can be given.`,
      exitCode: 2,
    };
  }
  const { failureOf, LockdownError } = await import('@entity-lockdown/core');
  const { exitCodeOf } = await import('./failing.ts');
  const { code, message, next } = failureOf(error);
  const isOurs = error instanceof LockdownError || code !== 'unknown';
  return {
    code,
    message,
    next: isOurs ? next : `Please report it, with what LOCKDOWN_DEBUG=1 shows. ${next}`,
    exitCode: exitCodeOf(error),
  };
}

/** The command that was meant, where its arguments could not be read. */
function commandIn([first = '']: readonly string[]): CommandName | null {
  return commandNames.find((name) => name === first) ?? null;
}

/** Commander's message as ours: without its prefix, short, and without the value that an unknown option was given, which may be secret. */
function sentence(message: string): string {
  const plain = printable(message.replace(/^error: /, '').replaceAll('\n', ' ')).replace(
    /(unknown option '-[^=']*)=[^']*'/,
    "$1'",
  );
  const short = plain.length > 300 ? `${plain.slice(0, 300)}...` : plain;
  return `${short.charAt(0).toUpperCase()}${short.slice(1)}`.replace(/([^.)?])$/, '$1.');
}

/** The external id, wherever it was given: it is taken out of all that is written. */
function secretsIn(argv: readonly string[], io: Io): string[] {
  const given = argv.flatMap((word, at) => {
    if (word.startsWith('--external-id=')) return [word.slice('--external-id='.length)];
    return word === '--external-id' ? [argv[at + 1] ?? ''] : [];
  });
  return [...given, io.env.LOCKDOWN_EXTERNAL_ID ?? ''].filter((secret) => secret.length > 3);
}

const silent: Writer = { line() {}, paragraph() {}, raw() {}, status() {} };
