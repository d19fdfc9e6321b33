/** One set-up at a time for a user: a folder, because making a folder succeeds for exactly one of two. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, SetupError } from './say.mjs';

/** The holder touches its lock this often; one not touched for `STALE_MS` belongs to nobody. */
const TOUCH_MS = 5_000;
const STALE_MS = 60_000;
const LONGEST_WAIT_MS = 20 * 60_000;

/**
 * Waits until no other set-up runs, then holds the lock until the returned function is called or the process ends.
 *
 * @param {string} folder the cache folder
 * @returns {Promise<() => void>} release
 */
export async function lock(folder, { waitMs = LONGEST_WAIT_MS } = {}) {
  const place = path.join(folder, 'setup.lock');
  const owner = path.join(place, 'owner.json');
  mkdirSync(folder, { recursive: true });
  const from = Date.now();
  for (let told = false; !take(place, owner);) {
    if (isStale(place, owner)) {
      // renamed first: of two that find it stale only one succeeds
      const aside = `${place}.stale-${process.pid}`;
      try {
        renameSync(place, aside);
        rmSync(aside, { recursive: true, force: true });
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      continue;
    }
    if (Date.now() - from > waitMs) {
      throw new SetupError(`another set-up has been running for long: end it, or remove ${place}`);
    }
    if (!told) say(`another set-up is running (${place}); waiting for its end`);
    told = true;
    await sleep(500);
  }
  const touch = setInterval(() => utimesSync(owner, new Date(), new Date()), TOUCH_MS);
  touch.unref();
  const release = () => {
    clearInterval(touch);
    process.off('exit', release);
    rmSync(place, { recursive: true, force: true });
  };
  process.on('exit', release);
  return release;
}

function take(place, owner) {
  try {
    mkdirSync(place);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(owner, JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

function isStale(place, owner) {
  try {
    // between making the folder and writing the owner the folder's own age counts
    const { mtimeMs } = statSync(owner, { throwIfNoEntry: false }) ?? statSync(place);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const { pid, host } = JSON.parse(readFileSync(owner, 'utf8'));
    return host === hostname() && !isAlive(pid);
  } catch {
    return false; // just released or just being made: the next round tells
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
