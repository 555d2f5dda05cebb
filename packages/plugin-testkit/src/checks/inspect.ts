import type { Check } from '../check.ts';
import { differences } from '../differences.ts';
import { entityOf, look } from '../subject.ts';

export const inspectOnlyReads: Check = {
  title: 'inspect only reads, before and while the entity is contained',
  async run(subject) {
    const faults = new Set<string>();
    for (const own of subject.containable) {
      const world = own.build();
      const entity = await entityOf(subject, world);
      const objects = new Map<string, string>();
      const lookOnce = async (when: string): Promise<void> => {
        const before = world.sandbox.dump();
        world.sandbox.clearCalls();
        await look(subject, world, entity);
        for (const { service, operation } of world.sandbox.calls.filter(({ mutates }) => mutates))
          faults.add(
            `"${own.title}": inspect calls ${service}:${operation} ${when}, which changes something. Changes belong to a setting's write.`,
          );
        for (const difference of differences(before, world.sandbox.dump()))
          faults.add(`"${own.title}": after inspect (${when}), ${difference}.`);
      };
      await lookOnce('before anything is contained');
      await subject.host(world, { objects }).contain(world.arn, { options: own.values });
      await lookOnce('while it is contained');
    }
    return [...faults];
  },
};
