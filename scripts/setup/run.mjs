/** Runs other programs; what they print is kept and shown only when they fail. */
import { fork, spawn } from 'node:child_process';
import { say, SetupError } from './say.mjs';

/** A line at this distance shows that a long step is alive. */
const SIGN_OF_LIFE_MS = 15_000;
const TAIL_LINES = 15;
const TELLING_LINES = 5;

/** Of what runs: how it is stopped. */
const running = new Map();
// a set-up that is stopped stops what it started
process.on('exit', () => running.forEach((stop) => stop()));

function keepTrack(child, stop) {
  running.set(child, stop);
  child.on('error', () => running.delete(child));
  child.on('close', () => running.delete(child));
  return child;
}

/** Whether programs are given a process group of their own, which is stopped as a whole: `make` with its compilers. */
const inGroups = process.platform !== 'win32';

function stopGroup(child) {
  if (!inGroups) return child.kill();
  try {
    process.kill(-child.pid);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it has just ended by itself
  }
}

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, doing?: string, telling?: RegExp}} [options]
 *   `doing` is repeated while it runs; `telling` finds the lines that say why it failed, where the last ones do not
 * @returns {Promise<string>} what it wrote to stdout
 * @throws SetupError with the lines that say why it failed
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: inGroups,
      // npm is a .cmd file on Windows, which only a shell can start
      shell: process.platform === 'win32' && program === 'npm',
    });
    keepTrack(child, () => stopGroup(child));
    const from = Date.now();
    // spawn's own timeout would keep this process alive where the program is not there
    const limit = options.timeoutMs && setTimeout(() => stopGroup(child), options.timeoutMs);
    const sign = setInterval(() => {
      if (options.doing) say(`… ${options.doing} (${Math.round((Date.now() - from) / 1000)} s)`);
    }, SIGN_OF_LIFE_MS);
    let stdout = '';
    let both = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (both += text));
    child.on('error', (error) => {
      clearInterval(sign);
      clearTimeout(limit);
      reject(new SetupError(`${program} cannot be run (${error.message})`));
    });
    child.on('close', (code, signal) => {
      clearInterval(sign);
      clearTimeout(limit);
      if (code === 0) return resolve(stdout);
      const how = signal === null ? `exit code ${code}` : signal;
      const lines = both.trim().split('\n');
      const telling = options.telling ? lines.filter((line) => options.telling.test(line)) : [];
      const why = telling.length > 0 ? telling.slice(0, TELLING_LINES) : lines.slice(-TAIL_LINES);
      reject(new SetupError(`${program} ${args[0] ?? ''} failed (${how}):\n${why.join('\n')}`));
    });
  });
}

/** Whether a program is there and answers. */
export async function answers(program, args) {
  try {
    await run(program, args, { timeoutMs: 20_000 });
    return true;
  } catch {
    // that it does not answer is the result
    return false;
  }
}

/**
 * Runs a program of this project in a child process of Node.js and waits for its end.
 *
 * @returns {Promise<{ok: boolean, why: string, message: unknown}>} its last line on stderr, and what it sent
 */
export function runTrial(program) {
  return new Promise((resolve, reject) => {
    const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: 120_000 });
    keepTrack(child, () => child.kill());
    let stderr = '';
    let message;
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('message', (sent) => (message = sent));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lastLine = stderr.trim().split('\n').at(-1);
      resolve({
        ok: code === 0,
        why: signal ? `crashed with ${signal}` : lastLine || `exit code ${code}`,
        message,
      });
    });
  });
}
