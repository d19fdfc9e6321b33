/** What works on this machine, and for what does not the one line that mends it. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { installFfmpeg, isMissing, runFfmpeg } from '../clips/ffmpeg.js';
import { cacheFolder, coreCount } from '../engine/machine.js';
import { OsvosError } from '../errors.js';
import { examineEngines, type EngineFindings, type EngineQuestion } from './doctor-engines.js';
import { verifyShippedWeights } from './weights-verify.js';

/** Something that is there, or not. */
export interface Finding {
  name: string;
  available: boolean;
  version: string | null;
  why: string | null;
  remedy: string | null;
}

/** The shape of `osvos doctor --json`. */
export interface DoctorReport extends EngineFindings {
  ffmpeg: Finding;
  /** Shipped weights, each checked against its SHA-256. */
  weights: Finding[];
  node: string;
  platform: string;
  cores: number;
  cache: { folder: string; bytes: number };
}

/** Looks at everything; nothing is changed, but what was measured is kept. */
export async function examine(question: EngineQuestion): Promise<DoctorReport> {
  const findings = await examineEngines(question);
  const folder = cacheFolder();
  return {
    ...findings,
    ffmpeg: await findFfmpeg(),
    weights: await findWeights(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: coreCount(),
    cache: { folder, bytes: await sizeOf(folder) },
  };
}

/**
 * Empties the user's cache folder: libraries of the native engine and what set-up and engines remember.
 *
 * @throws OsvosError `cannot-write` (exit 7) when a set-up is running or the folder cannot be emptied
 */
export async function cleanCache(): Promise<{ folder: string; bytes: number }> {
  const folder = cacheFolder();
  if (existsSync(path.join(folder, 'setup.lock'))) {
    throw new OsvosError('cannot-write', 'a set-up is running', folder, 'try again when it has ended');
  }
  const bytes = await sizeOf(folder);
  try {
    for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new OsvosError('cannot-write', message, folder, undefined, { cause: error });
  }
  return { folder, bytes };
}

async function findFfmpeg(): Promise<Finding> {
  try {
    const { stdout } = await runFfmpeg('ffmpeg', ['-version']);
    const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
    return { name: 'ffmpeg', available: true, version, why: null, remedy: null };
  } catch (error) {
    const { message } = error as Error;
    const why = isMissing(error)
      ? 'not installed; only video files need it'
      : `does not run (${message.split('\n')[0]})`;
    return { name: 'ffmpeg', available: false, version: null, why, remedy: installFfmpeg };
  }
}

async function findWeights(): Promise<Finding[]> {
  try {
    return (await verifyShippedWeights()).map(({ name, sha256, fault }) => ({
      name,
      available: fault === null,
      version: sha256.slice(0, 8),
      why: fault,
      remedy: fault === null ? null : 'install the package again',
    }));
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    return [{ name: 'manifest', available: false, version: null, why: error.what, remedy: error.remedy }];
  }
}

/** Bytes of all files below a folder; 0 where there is none. */
async function sizeOf(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((a, b) => a + b, 0);
}
