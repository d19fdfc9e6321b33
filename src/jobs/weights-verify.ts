import path from 'node:path';
import { OsvosError } from '../errors.js';
import {
  readManifest,
  shippedWeightsFolder,
  verifyWeights,
  type ManifestEntry,
} from '../weights/manifest.js';

/** What the check of one shipped file gave. */
export interface VerifiedWeights {
  name: string;
  file: string;
  sha256: string;
  /** What is wrong, in one line; null when nothing is. */
  fault: string | null;
}

/** Checks size, SHA-256 and header of every shipped file; faults are told, not thrown. */
export async function verifyShippedWeights(folder = shippedWeightsFolder): Promise<VerifiedWeights[]> {
  const results: VerifiedWeights[] = [];
  for (const entry of await readManifest(folder)) results.push(await verify(entry, folder));
  return results;
}

/** Throws one `weights-unfit` (exit 4) that names all faulty files. */
export function requireSound(results: readonly VerifiedWeights[]): void {
  const faulty = results.filter(({ fault }) => fault !== null);
  if (faulty.length === 0) return;
  throw new OsvosError(
    'weights-unfit',
    `${faulty.length} of ${results.length} weight files are not what they should be`,
    faulty.map(({ name, fault }) => `${name} (${fault})`).join('; '),
    'install the package again',
  );
}

async function verify(entry: ManifestEntry, folder: string): Promise<VerifiedWeights> {
  const result = { name: entry.name, file: path.join(folder, entry.file), sha256: entry.sha256 };
  try {
    await verifyWeights(entry, folder);
    return { ...result, fault: null };
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    return { ...result, fault: error.what };
  }
}
