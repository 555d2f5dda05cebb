import { bold, dim, green, red } from '../text/paint.ts';
import type { Writer } from '../writer.ts';
import { callTakes, type Story, type Timed, type Tried } from './story.ts';

/** Tells the story in a screenful. */
export function tell(out: Writer, story: Story): void {
  const { attacks, bystanders, contained, warnings, answered, released, attackersKey, claims, calls } = story;
  const failed = claims.filter(({ holds }) => !holds);
  out.line(bold('Entity Lockdown: four compromised entities, contained and released'));
  out.paragraph(
    '',
    `An AWS organization in the memory of this process: two accounts, no network, no files. Time is simulated: each call to AWS takes ${callTakes / 1_000} s, and waits are skipped.`,
  );
  heading(out, '1', 'An attacker holds a key, a role session, a function and an instance');
  for (const how of new Set(attacks.map((each) => each.with))) out.paragraph(`   ${how.padEnd(24)}`, whatWorks(attacks, how));
  heading(out, '2', 'lockdown contain, all four side by side');
  out.line(dim(`   ${''.padEnd(34)}${'changes'.padStart(8)}${'first cut'.padStart(12)}${'verified'.padStart(12)}`));
  for (const each of contained) timing(out, each);
  out.paragraph(
    '   ',
    `${calls} calls to AWS. 60 s of the instance are the wait until its open connections are no longer tracked, so that they end too.`,
  );
  heading(out, '3', 'The attacker tries again');
  for (const each of attacks) attempt(out, each);
  for (const each of bystanders)
    out.line('   ', each.with.padEnd(24), each.does.padEnd(30), green(each.after === 'works' ? 'still works' : each.after));
  heading(out, '4', 'An accomplice fights back, and is answered');
  out.line(`   Makes a new key for alice (${attackersKey}),`);
  out.line('   and gives the instance its old security groups. lockdown contain, again:');
  for (const each of answered) timing(out, each);
  heading(out, '5', 'What this does not stop: lockdown says it every time, such as');
  for (const text of examples(warnings)) out.paragraph('   - ', text);
  heading(out, '6', 'lockdown release, all four side by side');
  for (const each of released) timing(out, each);
  out.line("   The attacker's key was never there before: it stays inactive, and is named.");
  out.line();
  for (const { claim, holds } of claims) out.line(holds ? green('   held    ') : red('   BROKEN  '), claim);
  out.line();
  if (failed.length === 0) out.line(bold('All of it held.'), ' Your turn: ', 'lockdown plan ARN');
  else out.line(red(`${failed.length} of ${claims.length} did not hold.`));
}

function heading(out: Writer, number: string, text: string): void {
  out.line();
  out.line(bold(`${number}. ${text}`));
}

function timing(out: Writer, { arn, state, changes, firstCut, done }: Timed): void {
  const name = arn.split(':').slice(5).join(':');
  const good = state === 'contained' || state === 'released';
  out.line(
    '   ',
    name.padEnd(34),
    String(changes).padStart(8),
    `${firstCut.toFixed(2)} s`.padStart(12),
    `${done.toFixed(2)} s`.padStart(12),
    '  ',
    good ? green(state) : red(state),
  );
}

function attempt(out: Writer, { with: how, does, after }: Tried): void {
  out.line('   ', how.padEnd(24), does.padEnd(30), after === 'works' ? red('still works') : green(after));
}

function whatWorks(attacks: readonly Tried[], how: string): string {
  const working = attacks.filter((each) => each.with === how && each.before === 'works').map(({ does }) => does);
  return working.length === 0 ? 'nothing works' : working.join(', ');
}

/** A short one for each entity: the whole list is what the commands print. */
function examples(all: Story['warnings']): readonly string[] {
  const told = new Set<string>();
  for (const { warnings } of all) {
    const next = warnings.find(({ text }) => text.length < 200 && !told.has(text));
    if (next !== undefined) told.add(next.text);
  }
  return [...told];
}
