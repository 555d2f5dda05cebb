import { hostname } from 'node:os';
import type { Owners } from '@entity-lockdown/core';

/** This process as an owner of records: machine, process and a nonce, so that another process on the machine can tell whether it lives. */
export function ownOwner(): Owners {
  const me = `${hostname()}/${process.pid}/${crypto.randomUUID()}`;
  return {
    me,
    isDead(id) {
      const [machine, pid] = id.split('/');
      return machine === hostname() && Number(pid) > 0 && !isAlive(Number(pid));
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
