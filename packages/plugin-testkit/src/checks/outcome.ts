import { sameJson } from '@entity-lockdown/plugin-api';
import type { Check } from '../check.ts';
import { differences } from '../differences.ts';
import { originalsIn, saidBy } from '../journey.ts';

export const endsAsExpected: Check = {
  title: 'each world ends as it is expected to: contained, partial, or refused',
  async run({ worlds }) {
    const faults: string[] = [];
    for (const world of worlds) {
      const { ended, said, endedAgain } = await world.journey();
      if (ended !== world.expect) faults.push(`"${world.title}" ended as ${ended}, not as ${world.expect}. It said: ${said}`);
      if (endedAgain !== undefined && endedAgain !== world.expect)
        faults.push(`"${world.title}", contained again after what happened to it meanwhile, ended as ${endedAgain}.`);
    }
    return faults;
  },
};

export const refusedIsUntouched: Check = {
  title: 'what is refused is left untouched',
  async run({ worlds }) {
    const faults: string[] = [];
    for (const world of worlds.filter(({ expect }) => expect === 'refused')) {
      const { before, after } = await world.journey();
      for (const difference of differences(before, after))
        faults.push(`"${world.title}" was refused, and still something was changed: ${difference}.`);
    }
    return faults;
  },
};

export const secondRunWritesNothing: Check = {
  title: 'once contained, nothing is outstanding, and containing it again writes nothing',
  async run({ containable }) {
    const faults: string[] = [];
    for (const world of containable) {
      const { secondWrites, ended } = await world.journey();
      if (ended !== 'contained') continue;
      const names = [...new Set(secondWrites.map(({ service, operation }) => `${service}:${operation}`))];
      if (names.length > 0)
        faults.push(
          `"${world.title}" was contained, and containing it again called ${names.join(', ')}. Plan must want the same of what is contained, and read must answer what was written.`,
        );
    }
    return faults;
  },
};

export const releaseRestores: Check = {
  title: 'release puts back the whole world as it was',
  async run({ containable }) {
    const faults: string[] = [];
    for (const world of containable) {
      const { before, after, contained, released } = await world.journey();
      if (released === undefined || world.meanwhile !== undefined) continue;
      if (released.state !== 'released') {
        faults.push(`"${world.title}" could not be released, it ended as ${released.state}: ${saidBy(released)}`);
        continue;
      }
      if (contained?.targets.some(({ irreversible }) => irreversible !== undefined)) continue;
      for (const difference of differences(before, after))
        faults.push(
          `"${world.title}", contained and released, is not as it was: ${difference}. Have a setting read and write it, or say \`irreversible\` on the change.`,
        );
    }
    return faults;
  },
};

export const valuesAreStorable: Check = {
  title: 'every value that is wanted or was there passes the check of its setting, also after a journey as JSON',
  async run(subject) {
    const faults = new Set<string>();
    for (const world of subject.containable) {
      const { objects, contained } = await world.journey();
      const originals = originalsIn(objects);
      for (const { setting: name, on, path } of contained?.targets ?? []) {
        const setting = subject.settings[name];
        const from = originals.get(`${name} ${on}`);
        for (const value of from === undefined ? path : [...path, from]) {
          if (value === null && setting?.marked === true) continue;
          const stored = JSON.parse(JSON.stringify(value));
          const result = setting?.value['~standard'].validate(stored);
          if (result instanceof Promise) faults.add(`The check of ${name} is asynchronous: the core never lets its values pass.`);
          else if (result?.issues !== undefined)
            faults.add(
              `The check of ${name} does not let ${JSON.stringify(value)} pass (${result.issues[0]?.message}), which ${value === from ? 'the setting reads' : 'plan wants'}: it could not be written back.`,
            );
          if (!sameJson(value, stored)) faults.add(`${name} has a value that JSON does not keep: ${JSON.stringify(value)}.`);
        }
      }
    }
    return [...faults];
  },
};

export const noSecretIsTold: Check = {
  title: 'no secret is in a plan, an event, a record, an error or the ledger',
  async run({ worlds }) {
    const faults: string[] = [];
    for (const world of worlds) {
      if (world.secrets === undefined) continue;
      const { told, objects } = await world.journey();
      const everything = [told, ...objects.values()].join('\n');
      for (const secret of world.secrets) {
        if (everything.includes(secret) || everything.includes(JSON.stringify(secret).slice(1, -1)))
          faults.push(
            `"${world.title}": the secret ${secret.slice(0, 4)}... is told or stored. Keep what is not restored out of values, titles, warnings and ids.`,
          );
      }
    }
    return faults;
  },
};
