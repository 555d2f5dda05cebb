import type { Plugin } from '@entity-lockdown/plugin-api';
import type { RecordedCall } from '@entity-lockdown/sandbox';
import type { Check } from '../check.ts';
import { saidBy } from '../journey.ts';
import { leastPrivilege } from '../least-privilege.ts';
import type { Subject } from '../subject.ts';

type Session = 'contain' | 'release';

/** Actions that the manifest declares for a session; only those that are not optional where that is asked. */
export function declared({ manifest }: Plugin, session: Session, only: 'all' | 'required' = 'all'): ReadonlySet<string> {
  const grants = manifest.grants.filter(({ sessions }) => sessions.includes(session));
  return new Set(grants.filter(({ optional }) => only === 'all' || optional === undefined).flatMap(({ actions }) => actions));
}

/** Calls of the plugin, without those by which the host finds out who it is and opens sessions. */
function actionsOf(calls: readonly RecordedCall[]): ReadonlySet<string> {
  return new Set(calls.filter(({ service }) => service !== 'sts').flatMap(({ actions }) => actions));
}

export const grantsCoverCalls: Check = {
  title: 'every action that is called is declared for its session',
  async run(subject) {
    const faults = new Set<string>();
    for (const world of subject.worlds) {
      const { containCalls, releaseCalls } = await world.journey();
      for (const [session, calls] of [
        ['contain', containCalls],
        ['release', releaseCalls],
      ] as const) {
        const known = declared(subject.plugin, session);
        for (const action of actionsOf(calls)) {
          if (known.has(action)) continue;
          const by = calls.find(({ actions }) => actions.includes(action));
          faults.add(
            `${by?.service}:${by?.operation} needs ${action} in the session that is to ${session} ("${world.title}"), and no grant for it declares that.`,
          );
        }
      }
    }
    return [...faults];
  },
};

export const grantsAreUsed: Check = {
  title: 'every required action that is declared is used in some world',
  async run(subject) {
    const used = { contain: new Set<string>(), release: new Set<string>() };
    for (const world of subject.worlds) {
      const { containCalls, releaseCalls } = await world.journey();
      for (const action of actionsOf(containCalls)) used.contain.add(action);
      for (const action of actionsOf(releaseCalls)) used.release.add(action);
    }
    return (['contain', 'release'] as const).flatMap((session) =>
      [...declared(subject.plugin, session, 'required')]
        .filter((action) => !used[session].has(action))
        .map(
          (action) =>
            `${action} is declared for the session that is to ${session}, and no world uses it there. Take it out, or add a world that needs it.`,
        ),
    );
  },
};

export const grantsSuffice: Check = {
  title: 'a role that has the declared permissions and no others contains and releases',
  async run(subject) {
    const faults = new Set<string>();
    for (const own of subject.containable) {
      const world = own.build();
      const host = subject.host(world, { ...leastPrivilege(subject, world), objects: new Map() });
      const { record } = await host.contain(world.arn, { options: own.values });
      const released = await host.release(world.arn);
      const denied = deniedCalls(subject, world.sandbox.calls);
      for (const fault of denied) faults.add(`"${own.title}": ${fault}`);
      if (denied.length > 0) continue;
      if (record.state !== own.expect)
        faults.add(`"${own.title}" ended as ${record.state} with the declared permissions alone: ${saidBy(record)}`);
      if (released.record.state !== 'released')
        faults.add(`"${own.title}" could not be released with the declared permissions alone: ${saidBy(released.record)}`);
    }
    return [...faults];
  },
};

const denials = /^(AccessDenied|UnauthorizedOperation|AuthorizationError)/;

function deniedCalls({ plugin }: Subject, calls: readonly RecordedCall[]): readonly string[] {
  const granted: ReadonlySet<string> = new Set(plugin.manifest.grants.flatMap((grant) => grant.actions));
  return calls
    .filter(({ error, service }) => service !== 'sts' && denials.test(error ?? ''))
    .map(({ service, operation, actions, resources }) => {
      const missing = actions.filter((action) => !granted.has(action));
      return missing.length > 0
        ? `${service}:${operation} needs ${missing.join(', ')}, which no grant declares.`
        : `${service}:${operation} was denied although declared: the resources or conditions of the grants of ${actions.join(', ')} do not fit ${resources.join(', ')}.`;
    });
}
