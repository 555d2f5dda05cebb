import {
  type Arn,
  type Entity,
  formatArn,
  isArnFault,
  matchesArn,
  parseArn,
  type Reference,
  type Refusal,
  sameJson,
} from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { deepFreeze } from '../freeze.ts';
import { seededNumbers } from '../random.ts';
import type { Subject } from '../subject.ts';

export const resolveIsPure: Check = {
  title: 'resolve answers every ARN, always the same, and never for another account',
  async run(subject) {
    const faults = new Set<string>();
    const keys = new Map<string, string>();
    for (const text of mutations(subject)) {
      const arn = parseArn(text);
      if (isArnFault(arn)) continue;
      const found = resolveTwice(subject, { text, arn });
      if ('fault' in found) {
        faults.add(found.fault);
        continue;
      }
      for (const fault of answerFaults(subject, arn, text, found.answer)) faults.add(fault);
      if ('refused' in found.answer) continue;
      const { key, account } = found.answer;
      const owner = keys.get(key);
      if (owner !== undefined && owner !== account)
        faults.add(
          `resolve answers the key ${key} for two accounts, ${owner} and ${account}. The account must be part of the key.`,
        );
      keys.set(key, account);
    }
    return [...faults].slice(0, 10);
  },
};

export const spellingsAgree: Check = {
  title: 'every spelling of an ARN means the same entity, and the manifest matches it',
  async run(subject) {
    const faults: string[] = [];
    for (const world of subject.worlds) {
      const { arn } = world.build();
      const usual = keyOf(subject, arn);
      for (const text of [arn, ...(world.spellings?.(arn) ?? [])]) {
        const parsed = parseArn(text);
        if (isArnFault(parsed)) {
          faults.push(`"${world.title}" gives ${text}, which is not an ARN: ${parsed.fault}.`);
          continue;
        }
        if (!subject.plugin.manifest.match.some((pattern) => matchesArn(pattern, parsed)))
          faults.push(`No pattern of the manifest matches ${text}: the plugin is never asked about it.`);
        const key = keyOf(subject, text);
        if (key !== usual)
          faults.push(`${text} and ${arn} have two keys, ${key} and ${usual}: one entity would be two in the ledger.`);
      }
    }
    return faults;
  },
};

function keyOf({ plugin }: Subject, text: string): string {
  const arn = parseArn(text);
  if (isArnFault(arn)) return 'none';
  const answer = plugin.resolve({ text, arn });
  return 'refused' in answer ? 'refused' : answer.key;
}

function resolveTwice(
  { plugin }: Subject,
  reference: Reference,
): { readonly answer: Entity | Refusal } | { readonly fault: string } {
  try {
    const answer = plugin.resolve(deepFreeze(structuredClone(reference)));
    const again = plugin.resolve(reference);
    if (!sameJson(JSON.parse(JSON.stringify(answer)), JSON.parse(JSON.stringify(again))))
      return { fault: `resolve answers ${reference.text} in two ways. It must depend on the ARN alone.` };
    return { answer };
  } catch (error) {
    return {
      fault: `resolve throws for ${reference.text.slice(0, 200)}: ${(error as Error).message} Answer a refusal with the reason, and change nothing that is given.`,
    };
  }
}

function answerFaults(subject: Subject, arn: Arn, text: string, answer: Entity | Refusal): readonly string[] {
  if ('refused' in answer) {
    const isSaid = answer.refused.trim() !== '' && answer.instead.trim() !== '';
    return isSaid ? [] : [`resolve refuses ${text} without a reason, or without saying what to use instead.`];
  }
  const faults: string[] = [];
  if (arn.account !== '' && answer.account !== arn.account)
    faults.push(`resolve answers an entity of account ${answer.account} for ${text}, an ARN of account ${arn.account}.`);
  if (answer.partition !== arn.partition)
    faults.push(`resolve answers an entity of the partition ${answer.partition} for ${text}, an ARN of ${arn.partition}.`);
  if (!/^\d{12}$/.test(answer.account))
    faults.push(`resolve answers an entity without an account for ${text}: refuse it instead.`);
  if (answer.key === '' || answer.name === '') faults.push(`resolve answers an entity without key or name for ${text}.`);
  if (isArnFault(parseArn(answer.arn))) faults.push(`resolve answers ${answer.arn} for ${text}, which is not an ARN.`);
  else if (keyOf(subject, answer.arn) !== answer.key)
    faults.push(`The ARN that resolve answers for ${text}, ${answer.arn}, has another key itself.`);
  return faults;
}

const pieces: readonly string[] = [
  '/',
  ':',
  '//',
  '',
  '*',
  '$LATEST',
  'a',
  '..',
  '#',
  '%2F',
  'Ω',
  '0',
  '{name}',
  '__proto__',
  'x'.repeat(300),
];

/** ARNs near those of the worlds and of the manifest's patterns: other accounts, Regions and partitions, and broken resources. */
function mutations(subject: Subject): readonly string[] {
  const next = seededNumbers(20_261_102);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const known = subject.worlds.flatMap((world) => {
    const { arn } = world.build();
    return [arn, ...(world.spellings?.(arn) ?? [])];
  });
  const seeds = [
    ...known,
    ...subject.plugin.manifest.match.map((pattern) => fillPattern(pattern)),
    'arn:aws:iam::444455556666:root',
    'arn:aws:ec2:us-east-1:444455556666:instance/i-0123456789abcdef0',
  ];
  const made: string[] = [...seeds];
  for (const text of seeds) {
    const arn = parseArn(text);
    if (isArnFault(arn)) continue;
    for (let round = 0; round < 60; round += 1) {
      const at = Math.floor(next() * (arn.resource.length + 1));
      const cut = Math.floor(next() * 4);
      const resource = arn.resource.slice(0, at) + pick(pieces) + arn.resource.slice(at + cut);
      made.push(
        formatArn({
          partition: pick([arn.partition, 'aws-cn', 'aws-us-gov']),
          service: arn.service,
          region: pick([arn.region, arn.region, '', 'cn-north-1', 'us-gov-west-1']),
          account: pick([arn.account, '999988887777', '']),
          resource: pick([resource, arn.resource]),
        }),
      );
    }
  }
  return made;
}

function fillPattern(pattern: string): string {
  const [prefix, partition = '', service, region = '', account = '', ...rest] = pattern.split(':');
  const resource = rest.join(':').replaceAll('*', 'some/thing');
  const filled = [partition.replace('*', 'aws'), service, region.replace('*', 'us-east-1'), account.replace('*', '444455556666')];
  return [prefix, ...filled, resource === '' ? 'thing' : resource].join(':');
}
