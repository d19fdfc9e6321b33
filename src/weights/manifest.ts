/** Which weight files there are: those shipped with the package (weights/manifest.json) and the user's own. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OsvosError } from '../errors.js';
import { nearestNames } from './nearest-names.js';
import { sha256, readSafetensors } from './safetensors.js';
import type { TrunkInput } from './trunk-inputs.js';
import { userWeightsFolder } from './user-folder.js';
import { readUserManifest } from './user-manifest.js';

/** A shipped weight file. */
export interface ManifestEntry {
  name: string;
  /** Trunk that the network stands on. */
  architecture: string;
  method: string;
  /** File name inside the package's `weights` folder. */
  file: string;
  /** 64 hexadecimal digits. */
  sha256: string;
  bytes: number;
  input: TrunkInput;
  crop: string;
  /** Probabilities above this are object. */
  threshold: number;
  /** What it was trained on. */
  data: string;
  /** The command that trained it, and how long that took. */
  command: string;
  seconds: number;
  /** Score by measure and split, fractions. */
  scores: Record<string, number>;
  licence: string;
}

/** Weights that were found; `entry` for shipped ones only. */
export interface FoundWeights {
  file: string;
  entry?: ManifestEntry;
}

/** Remedy for shipped files that are not as they were. */
const INSTALL_AGAIN = 'install the package again';

export const weightsSuffix = '.safetensors';

/** The package's `weights` folder, from `src/weights` and from `dist/weights` alike. */
export const shippedWeightsFolder = fileURLToPath(new URL('../../weights/', import.meta.url));

const texts = ['name', 'architecture', 'method', 'file', 'crop', 'data', 'command', 'licence'] as const;
const figures = ['bytes', 'threshold', 'seconds'] as const;

/** The shipped weights. Throws `weights-unfit` when the manifest is damaged, `weights-missing` when it is not there. */
export async function readManifest(folder = shippedWeightsFolder): Promise<ManifestEntry[]> {
  const file = path.join(folder, 'manifest.json');
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = error instanceof SyntaxError ? 'weights-unfit' : 'weights-missing';
    throw new OsvosError(code, (error as Error).message, file, INSTALL_AGAIN, { cause: error });
  }
  const unfit = (what: string) => new OsvosError('weights-unfit', what, file, INSTALL_AGAIN);
  if (!Array.isArray(content)) throw unfit('the list of weights is no list');
  content.forEach((entry: Partial<Record<keyof ManifestEntry, unknown>>, i) => {
    const missing = [
      ...texts.filter((key) => typeof entry[key] !== 'string'),
      ...figures.filter((key) => typeof entry[key] !== 'number'),
      ...(typeof entry.sha256 === 'string' && /^[0-9a-f]{64}$/.test(entry.sha256) ? [] : ['sha256']),
      ...(typeof entry.input === 'object' ? [] : ['input']),
      ...(typeof entry.scores === 'object' ? [] : ['scores']),
    ];
    if (missing.length > 0) throw unfit(`entry ${i + 1} lacks ${missing.join(', ')}`);
    if (path.basename(entry.file as string) !== entry.file)
      throw unfit(`entry ${i + 1} leads out of the folder`);
  });
  return content as ManifestEntry[];
}

/** Names of the weights in the user's data folder. */
export async function listUserWeights(folder = userWeightsFolder()): Promise<string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new OsvosError('weights-missing', error.message, folder, undefined, { cause: error });
  });
  return files
    .filter((file) => file.endsWith(weightsSuffix))
    .map((file) => path.basename(file, weightsSuffix))
    .sort();
}

/**
 * Weights by name (shipped, then the user's own) or by file. Shipped and imported ones are checked against their
 * SHA-256 first.
 *
 * @throws OsvosError `weights-missing` with the nearest names, `weights-unfit` when such a file was altered
 */
export async function findWeights(nameOrFile: string, folder = shippedWeightsFolder): Promise<FoundWeights> {
  const entries = await readManifest(folder);
  const entry = entries.find(({ name }) => name === nameOrFile);
  if (entry) {
    await checkDigest(entry, folder, INSTALL_AGAIN);
    return { file: path.join(folder, entry.file), entry };
  }
  const own = await listUserWeights();
  if (own.includes(nameOrFile)) {
    const userFolder = userWeightsFolder();
    const file = nameOrFile + weightsSuffix;
    // a file that was put there by hand has no entry
    const imported = (await readUserManifest(userFolder)).find((known) => known.file === file);
    if (imported) await checkDigest(imported, userFolder, 'import it again with --force');
    return { file: path.join(userFolder, file) };
  }
  if (existsSync(nameOrFile)) return { file: nameOrFile };
  const names = [...entries.map(({ name }) => name), ...own];
  const nearest = nearestNames(nameOrFile, names);
  const remedy = nearest.length > 0 ? `did you mean ${nearest.slice(0, 3).join(' or ')}?` : undefined;
  throw new OsvosError('weights-missing', 'no weights of this name and no such file', nameOrFile, remedy);
}

/** Checks size, SHA-256 and header of shipped weights. Throws `weights-missing` and `weights-unfit` (exit 4). */
export async function verifyWeights(entry: ManifestEntry, folder = shippedWeightsFolder): Promise<void> {
  await checkDigest(entry, folder, INSTALL_AGAIN);
  const file = path.join(folder, entry.file);
  const { metadata } = await readSafetensors(file);
  const architectures = [entry.architecture, `${entry.method}-${entry.architecture}`];
  if (!architectures.includes(metadata.architecture)) {
    throw new OsvosError(
      'weights-unfit',
      `its header says ${metadata.architecture ?? 'no architecture'}, the manifest ${entry.architecture}`,
      file,
    );
  }
}

async function checkDigest(
  entry: Pick<ManifestEntry, 'file' | 'sha256'>,
  folder: string,
  remedy: string,
): Promise<void> {
  const file = path.join(folder, entry.file);
  const digest = await sha256(file);
  if (digest !== entry.sha256) {
    throw new OsvosError(
      'weights-unfit',
      `the file was altered or cut off (SHA-256 ${digest.slice(0, 16)}…, expected ${entry.sha256.slice(0, 16)}…)`,
      file,
      remedy,
    );
  }
}
