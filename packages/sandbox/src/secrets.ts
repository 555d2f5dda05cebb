/**
 * Stands in every secret that the sandbox makes: secret access keys, session tokens, passwords. Who plants it in what a world is given as
 * well (external ids, environments, user data) finds whatever leaks by one search. Put together here, so that a copy of this file is no find.
 */
export const secretMark: string = ['planted', 'secret'].join('-');

/** A secret, from a new id of the world. */
export function newSecret(id: string): string {
  return `${secretMark}-${id}`;
}
