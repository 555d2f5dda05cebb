import { hostname, userInfo } from 'node:os';

/** The account on this machine, and the machine. What AWS knows of the caller is in CloudTrail. */
export function asker(): string {
  const at = hostname();
  try {
    return `${userInfo().username}@${at}`;
  } catch {
    // An account without an entry in the system's list of users, as in some containers.
    return `uid-${process.getuid?.() ?? 'unknown'}@${at}`;
  }
}
