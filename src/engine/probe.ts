/**
 * Tries a native engine in a child process: a library built for another processor kills the process that
 * loads it ("illegal hardware instruction"), and that must not be ours. A good verdict is remembered in the user's
 * cache folder, because the trial takes a second; a bad one never is.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { cacheFolder, processorName } from './machine.js';
import { precisionNames, type EngineName, type Precision } from './engine.js';
import { findNativePackage } from './tensorflow/package.js';
import { findTorchPackage } from './torch/package.js';
import type { TrialMessage } from './trial.js';
import { findWebgpuPackage } from './webgpu/package.js';

/** A trial takes about a second; on a slow disk a minute for 0.85 GB of libraries. */
const TRIAL_TIMEOUT_MS = 120_000;

/** How the child ended. */
export interface TrialEnd {
  code: number | null;
  signal: string | null;
  /** Last line that it wrote to stderr. */
  lastWords: string;
  /** What it sent. */
  message?: unknown;
}

/** Engines that load a library of the machine's own code. */
export const nativeEngines = ['torch', 'tensorflow', 'webgpu'] as const satisfies readonly EngineName[];
export type NativeEngine = (typeof nativeEngines)[number];

export function isNative(name: EngineName): name is NativeEngine {
  return (nativeEngines as readonly EngineName[]).includes(name);
}

interface NativePackage {
  addon: string;
  version: string;
}

/** The engine's compiled addon, or why there is none. */
export function findNative(name: NativeEngine): NativePackage | { why: string } {
  switch (name) {
    case 'torch':
      return findTorchPackage();
    case 'tensorflow':
      return findNativePackage();
    case 'webgpu':
      return findWebgpuPackage();
  }
}

/** A trial that went well. */
export interface Passed {
  /** The precision that the engine chose by itself: found out once, so that all runs here compute alike. */
  precision: Precision;
  /** For the user; mostly none. */
  notes: string[];
}

/**
 * Returns when the engine's library may be loaded into this process.
 *
 * @throws Error with the reason, in words that follow "is not used:"
 */
export async function tryNative(name: NativeEngine): Promise<Passed> {
  const found = findNative(name);
  if ('why' in found) throw new Error(found.why);
  const verdict = verdictFile(found);
  const known = readVerdict(verdict);
  if (known) return { precision: known, notes: [] };
  const end = await runTrial(trialProgram(name));
  if (end.code !== 0) throw new Error(explainEnd(end));
  const { precision } = end.message as TrialMessage;
  try {
    await writeFileAtomically(verdict, `${JSON.stringify({ addon: found.addon, precision })}\n`);
    return { precision, notes: [] };
  } catch (error) {
    const why = (error as Error).message;
    return {
      precision,
      notes: [`each start will take a second longer, as the cache folder cannot be written: ${why}`],
    };
  }
}

/** A file of an older form, or a broken one, is no verdict: the trial is made again. */
function readVerdict(file: string): Precision | undefined {
  try {
    const { precision } = JSON.parse(readFileSync(file, 'utf8')) as { precision?: unknown };
    return precisionNames.find((name) => name === precision);
  } catch {
    return undefined;
  }
}

/** Has the next start try the engine again, and choose its precision. */
export async function forgetTrial(name: NativeEngine): Promise<void> {
  const found = findNative(name);
  if (!('why' in found)) await rm(verdictFile(found), { force: true });
}

/** What an unsuccessful trial means. */
export function explainEnd(end: TrialEnd): string {
  if (end.signal === 'SIGTERM')
    return `no answer from a trial in a child process within ${TRIAL_TIMEOUT_MS / 1000} s`;
  if (end.signal !== null) {
    const advice = end.signal === 'SIGILL' ? ': the library needs a newer processor' : '';
    return `a trial in a child process crashed with ${end.signal}${advice}`;
  }
  return end.lastWords === ''
    ? `a trial in a child process failed with exit code ${end.code}`
    : end.lastWords;
}

/** Runs a program by this Node.js in a child process and waits for its end. */
export function runTrial(
  program: string,
  timeout = TRIAL_TIMEOUT_MS,
  args: readonly string[] = [],
): Promise<TrialEnd> {
  return new Promise((resolve, reject) => {
    const child = fork(program, args, {
      // TypeScript sources run through tsx, as this process does
      execArgv: program.endsWith('.ts')
        ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
        : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout,
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let message: unknown;
    child.on('message', (sent) => (message = sent));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lastWords = stderr.trim().split('\n').at(-1)?.trim() ?? '';
      resolve({ code, signal, lastWords, message });
    });
  });
}

/** One small file per addon, Node.js and processor (home folders are shared between machines); another build has another name. */
function verdictFile(found: NativePackage): string {
  const { mtimeMs, size } = statSync(found.addon);
  const key = [
    found.addon,
    mtimeMs,
    size,
    found.version,
    process.version,
    process.arch,
    processorName(),
  ].join('\n');
  const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return path.join(cacheFolder(), 'tried', name);
}

/** The program of a trial; it sends a `TrialMessage` when all is well. */
export function trialProgram(name: NativeEngine): string {
  // beside this file, as TypeScript or as JavaScript
  const extension = path.extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`./${name}/trial${extension}`, import.meta.url));
}
