import { StoreFault, type StoreFaultCode } from './object-store.ts';

/** The system's error code of a failed call on a file: `ENOSPC`. */
export function errno(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** Says in a sentence what the system's error means for the ledger, and what to do. Undefined for what is no error of a file. */
export function folderFault(error: unknown, folder: string, unanswered = false): StoreFault | undefined {
  const code = errno(error);
  if (code === undefined) return undefined;
  const [fault, message, next] = meanings[code] ?? [
    'unreachable',
    `cannot be used (${code})`,
    'Look at the disk, then try again.',
  ];
  return new StoreFault(fault, `the ledger's folder ${folder} ${message}`, next, { cause: error, unanswered });
}

const elsewhere = 'Choose another folder with --ledger file:DIR.';
const noPermission: Meaning = [
  'no-permission',
  'may not be read or written by you',
  `Use the account that owns the folder, or give it back to yourself with chown. ${elsewhere}`,
];
const full: Meaning = [
  'no-space',
  'is on a disk that is full; nothing was lost',
  'Free some space, then try again: it goes on where it stopped.',
];
const notAFolder: Meaning = ['unsuitable', 'is not a folder, or its path is not one', elsewhere];

type Meaning = readonly [code: StoreFaultCode, message: string, next: string];

const meanings: { readonly [code: string]: Meaning } = {
  EACCES: noPermission,
  EPERM: noPermission,
  EROFS: [
    'read-only',
    'is on a file system that is mounted read-only; nothing was changed',
    `Mount it for writing, or copy the folder to another place and name that with --ledger file:DIR.`,
  ],
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EEXIST: notAFolder,
  ENOTDIR: notAFolder,
  EISDIR: notAFolder,
  ELOOP: notAFolder,
  ENAMETOOLONG: ['unsuitable', 'has a name that is too long', 'Choose a folder with a shorter path with --ledger file:DIR.'],
  ENOENT: [
    'unsuitable',
    'cannot be made, or was moved or removed while it was in use',
    `Put it back from where it went, then try again. ${elsewhere}`,
  ],
  EIO: ['damaged', 'is on a disk that reports errors', 'Copy the folder to a sound disk, and name that with --ledger file:DIR.'],
};
