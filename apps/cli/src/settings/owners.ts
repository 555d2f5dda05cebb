import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owners } from '@entity-lockdown/core';

/** What tells whether a process is still there: `''` where this system does not say. */
export interface Machine {
  readonly host: string;
  /** Changes with every start of the machine. */
  readonly boot: string;
  /** Process ids mean something only within it: containers of one machine can share its name. */
  readonly pids: string;
  /** When a process began, or undefined where there is none with that id. */
  startOf(pid: number): string | undefined;
}

/**
 * This process as an owner of records. Another owner is known to be dead only where it ran on this machine, since the same start of
 * it, and its process is gone; of every other owner nothing is known, and its lease is waited for.
 */
export function processOwners(nonce: string, machine: Machine = thisMachine(), pid: number = process.pid): Owners {
  const me = idOf(machine, pid, machine.startOf(pid) ?? '', nonce);
  return {
    me,
    isDead(id) {
      const [host, boot, pids, otherPid, start, ...rest] = id.split('/');
      if (rest.length !== 1 || machine.boot === '' || machine.pids === '') return false;
      if (host !== encodeURIComponent(machine.host) || boot !== machine.boot || pids !== machine.pids) return false;
      if (otherPid === undefined || !/^\d{1,10}$/.test(otherPid)) return false;
      const now = machine.startOf(Number(otherPid));
      return now === undefined || (now !== '' && start !== '' && now !== start);
    },
  };
}

function idOf({ host, boot, pids }: Machine, pid: number, start: string, nonce: string): string {
  return [encodeURIComponent(host), boot, pids, pid, start, nonce].join('/');
}

export function thisMachine(): Machine {
  return { host: hostname(), boot: bootId(), pids: pidNamespace(), startOf };
}

/** https://docs.kernel.org/admin-guide/sysctl/kernel.html#random */
function bootId(): string {
  if (process.platform === 'darwin')
    return attempt(() => execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim());
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/** https://man7.org/linux/man-pages/man7/pid_namespaces.7.html */
function pidNamespace(): string {
  if (process.platform === 'darwin') return 'all';
  return attempt(() => readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, ''));
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function startOf(pid: number): string | undefined {
  try {
    // Signal 0 sends nothing: https://man7.org/linux/man-pages/man2/kill.2.html
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  // Field 22 of the line; the name in field 2 may itself contain blanks and brackets. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  return attempt(() => {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });
}
