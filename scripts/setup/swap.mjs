/** A folder that takes another's place, and can give it back. */
import { existsSync, renameSync, rmSync } from 'node:fs';

const fresh = (place) => `${place}.partial`;
const old = (place) => `${place}.old`;

/**
 * Puts the folder that `make` makes to `place`; what was there comes back by `undo`.
 *
 * @param {string} place
 * @param {(folder: string) => void} make
 * @returns {{undo: () => void, keep: () => void}} exactly one of them is to be called
 */
export function swapIn(place, make) {
  for (const leftover of [fresh(place), old(place)]) rmSync(leftover, { recursive: true, force: true });
  make(fresh(place));
  const existed = existsSync(place);
  if (existed) renameSync(place, old(place));
  renameSync(fresh(place), place);
  return {
    undo: () => {
      rmSync(place, { recursive: true, force: true });
      if (existed) renameSync(old(place), place);
    },
    keep: () => rmSync(old(place), { recursive: true, force: true }),
  };
}

/** Tidies up after a set-up that was killed while it swapped. */
export function mend(place) {
  rmSync(fresh(place), { recursive: true, force: true });
  if (existsSync(place)) rmSync(old(place), { recursive: true, force: true });
  else if (existsSync(old(place))) renameSync(old(place), place);
}
