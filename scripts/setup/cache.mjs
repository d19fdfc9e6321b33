/** The user's cache folder, which all clones share, and temporary names in it that never survive a failure. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const PARTIAL = '.partial-';

/**
 * The same rule as `cacheFolder` in src/engine/machine.ts, which cannot be imported before the build:
 * `OSVOS_CACHE_DIR`, then the system's place, as oclif's `config.cacheDir`.
 */
export function cacheFolder(env = process.env, platform = process.platform, home = homedir()) {
  if (env.OSVOS_CACHE_DIR) return path.resolve(env.OSVOS_CACHE_DIR);
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'osvos');
  const base =
    env.XDG_CACHE_HOME || (platform === 'win32' ? env.LOCALAPPDATA : undefined) || path.join(home, '.cache');
  return path.join(base, 'osvos');
}

const begun = new Set();

/** A new empty folder that is removed when the process ends, unless it was renamed before. */
export function partialFolder(parent) {
  mkdirSync(parent, { recursive: true });
  const folder = path.join(parent, `${PARTIAL}${process.pid}-${begun.size}`);
  mkdirSync(folder);
  begun.add(folder);
  return folder;
}

/** Removes what killed set-ups left; only to be called by the holder of the lock. */
export function sweepPartials(parent) {
  let names;
  try {
    names = readdirSync(parent);
  } catch {
    return; // no cache folder yet: nothing to sweep
  }
  for (const name of names) {
    if (name.startsWith(PARTIAL)) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

process.on('exit', () => {
  for (const folder of begun) rmSync(folder, { recursive: true, force: true });
});
