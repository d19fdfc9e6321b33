/** What the user's data folder says of its weights: `manifest.json`, one entry for each file that was imported. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { OsvosError } from '../errors.js';
import type { TrunkInput } from './trunk-inputs.js';

/** Imported weights. */
export interface ImportedEntry {
  name: string;
  /** `resnet18` for a trunk, `osvos-vgg16` for a network with heads, `stm-resnet50`. */
  architecture: string;
  /** Null for a trunk alone. */
  method: string | null;
  /** File name inside the folder. */
  file: string;
  /** 64 hexadecimal digits. */
  sha256: string;
  bytes: number;
  input: TrunkInput;
  /** Null where nothing is cropped. */
  crop: string | null;
  /** What the file, or its form, says of it. */
  licence: string | null;
  /** Which program's form the file had. */
  form: string;
  /** The file that was imported. */
  source: { file: string; sha256: string };
}

/** Entries by name; none where nothing was imported yet. Throws `weights-unfit` when the list is damaged. */
export async function readUserManifest(folder: string): Promise<ImportedEntry[]> {
  const file = manifestOf(folder);
  const unfit = (what: string, cause?: unknown) =>
    new OsvosError('weights-unfit', what, file, 'remove it, and import the weights again with --force', {
      cause,
    });
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unfit(`the list of imported weights cannot be read (${(error as Error).message})`, error);
  }
  const isEntry = (entry: Partial<ImportedEntry> | null) =>
    typeof entry?.name === 'string' &&
    typeof entry.file === 'string' &&
    /^[0-9a-f]{64}$/.test(entry.sha256 ?? '');
  if (!Array.isArray(content) || !content.every(isEntry))
    throw unfit('the list of imported weights is damaged');
  return content as ImportedEntry[];
}

/** Takes the entry of that name out of the list, and puts in the new one. Throws `weights-unfit`, `cannot-write`. */
export async function replaceUserEntry(folder: string, name: string, entry?: ImportedEntry): Promise<void> {
  const entries = await readUserManifest(folder);
  const others = entries.filter((known) => known.name !== name);
  if (entry === undefined && others.length === entries.length) return;
  const all = [...others, ...(entry ? [entry] : [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFileAtomically(manifestOf(folder), `${JSON.stringify(all, null, 2)}\n`);
}

function manifestOf(folder: string): string {
  return path.join(folder, 'manifest.json');
}
