import { Command, Option } from 'commander';
import type { PluginFlag } from './settings/plugin-flags.ts';

/** What a command is run with: its arguments and options, as commander read them. */
export type Action = (command: CommandName, args: readonly string[], options: { readonly [name: string]: unknown }) => void;

export const commandNames: readonly ['demo', 'plan', 'contain', 'request', 'release', 'status', 'plugins', 'permissions'] = [
  'demo',
  'plan',
  'contain',
  'request',
  'release',
  'status',
  'plugins',
  'permissions',
];

export type CommandName = (typeof commandNames)[number];

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** The commands and their options. Nothing is run here. */
export function buildProgram(version: string, flags: readonly PluginFlag[], action: Action): Command {
  const program = new Command('lockdown')
    .description('Contains compromised AWS entities by their ARN, proves it, and puts everything back later.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', helpAfter);

  const command = (name: CommandName, usage: string, description: string): Command => {
    const made = program.command(`${name}${usage}`).description(description);
    return made.helpOption('-h, --help', 'show this help').action((...given: readonly unknown[]) => {
      const [first] = given;
      const args = Array.isArray(first) ? (first as readonly string[]) : typeof first === 'string' ? [first] : [];
      action(name, args, made.opts());
    });
  };

  output(command('demo', '', 'watch four compromised entities being contained and released; needs no AWS account')).option(
    '--seed <number>',
    'the organization to play in',
    '1',
  );

  const plan = command('plan', ' <arn...>', 'show what would be done and what it would not stop; changes nothing');
  const contain = command('contain', ' <arn...>', 'contain entities: asks once, then verifies by reading back').option(
    '-y, --yes',
    'do not ask',
  );
  contain
    .option('--reason <text>', 'why, for the record')
    .option('--incident <id>', 'the incident that holds the entity; several can hold one', 'default');

  const request = command(
    'request',
    ' <arn...>',
    'ask the deployed responder to contain entities, by its request topic; takes sns:Publish and nothing else',
  )
    .option('--topic <arn>', 'the request topic (or LOCKDOWN_REQUEST_TOPIC)')
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why, for the record')
    .option('--incident <id>', 'the incident that holds the entity; where none is named, default')
    .option('--external-id <value>', 'the secret of the request topic; better from LOCKDOWN_EXTERNAL_ID or a file')
    .option('--external-id-file <file>', 'a file with the secret')
    .option('--follow', "follow the records in the responder's ledger until they end")
    .option('--ledger <place>', "the responder's ledger, s3://BUCKET/PREFIX (or LOCKDOWN_LEDGER); with --follow");
  output(reach(plugins(request)));

  for (const flag of flags) {
    for (const each of [plan, contain, request]) each.option(`--${flag.name} <${flag.placeholder}>`, flag.description);
  }
  for (const each of [plan, contain]) output(ledger(connection(plugins(each))));

  const release = command('release', ' <target...>', 'release entities, by ARN or record id: everything is put back as it was')
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why, for the record')
    .option('--incident <id>', 'release the hold of this incident alone; a sole hold needs no name')
    .option('--all-holds', 'release whatever incidents hold the entity')
    .option('--keep <change>', 'leave a change in place (its setting, what it is on, or a part of them); repeatable', collect)
    .option('--force', 'put the original back even where somebody changed the value meanwhile');
  output(ledger(connection(plugins(release))));

  const status = command(
    'status',
    ' [target]',
    'list the open records, or show one, by ARN or record id, with its timeline',
  ).option('--verify', 'read AWS again and compare; changes nothing');
  output(ledger(connection(plugins(status))));

  output(plugins(command('plugins', '', 'list the entity types that can be contained, and where each plugin comes from')));

  const permissions = command('permissions', '', 'print the least IAM policy that Entity Lockdown needs, as JSON')
    .addOption(new Option('--for <purpose>', 'what it is to allow').choices(['contain', 'release', 'both']).default('both'))
    .option('--type <id>', 'for this entity type alone (lockdown plugins lists them); repeatable', collect)
    .option('--account <id>', 'for this account alone')
    .option('--partition <name>', 'for this partition alone, such as aws')
    .option('--region <name>', 'for this Region alone');
  output(plugins(permissions));
  return program;
}

function connection(command: Command): Command {
  return reach(
    command
      .option('--role-name <name>', "the role to assume in each entity's account (or LOCKDOWN_ROLE_NAME)")
      .option('--external-id <value>', 'its external id; better from LOCKDOWN_EXTERNAL_ID or a file')
      .option('--external-id-file <file>', 'a file with the external id'),
  );
}

function reach(command: Command): Command {
  return command
    .option('--profile <name>', 'a profile of the shared AWS configuration')
    .option('--region <name>', 'the Region for what has none of its own')
    .option('--endpoint-url <url>', 'call this endpoint in place of AWS');
}

function ledger(command: Command): Command {
  return command
    .option('--ledger <place>', 'file:DIR or s3://BUCKET/PREFIX (or LOCKDOWN_LEDGER)')
    .option('--protected <file>', 'the list of what must never be contained (or LOCKDOWN_PROTECTED)');
}

function plugins(command: Command): Command {
  return command.option(
    '--plugins-from <dir>',
    'look for plugins among the dependencies of this folder too; repeatable',
    collect,
  );
}

function output(command: Command): Command {
  return command
    .option('--json', 'print one JSON object')
    .option('-q, --quiet', 'show no progress')
    .option('-v, --verbose', 'show every call to AWS');
}

const helpAfter = `
At 3 in the morning:
  $ lockdown plan arn:aws:iam::111122223333:user/alice
  $ lockdown contain arn:aws:iam::111122223333:user/alice
  $ lockdown status
  $ lockdown release arn:aws:iam::111122223333:user/alice

Exit codes: 0 done and verified (request: published); 1 partial or failed;
2 wrong usage or input, nothing touched; 3 refused, nothing touched;
4 released but for drift or what another containment wants, or other holds
remain; 130 interrupted. Of several entities, the worst counts.
`;
