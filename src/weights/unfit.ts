import { OsvosError } from '../errors.js';

/** For files that are not whole. */
export const FETCH_AGAIN = 'copy or download the file again';

/** A foreign file that is not read: damaged, or holding what weights do not need. */
export function unfit(what: string, where: string, remedy: string): OsvosError {
  return new OsvosError('weights-unfit', what, where, remedy);
}

/** A file that ends too early, or contradicts itself. */
export function damaged(what: string, where: string): OsvosError {
  return unfit(what, where, FETCH_AGAIN);
}

/** Letters of a file's own words that a message shows. */
const SHOWN = 100;

/** A file's own words for a message: control characters must not reach a terminal, nor a page of it. */
export function printable(text: string): string {
  return text.slice(0, SHOWN).replace(/[^\x20-\x7e]/g, '?');
}
