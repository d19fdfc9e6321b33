import { stat } from 'node:fs/promises';
import path from 'node:path';
import { listUserWeights, readManifest, shippedWeightsFolder, weightsSuffix } from '../weights/manifest.js';
import { readSafetensors } from '../weights/safetensors.js';
import { userWeightsFolder } from '../weights/user-folder.js';

/** One line of `osvos weights list`. */
export interface ListedWeights {
  name: string;
  /** Shipped with the package, or imported by the user. */
  origin: 'shipped' | 'imported';
  architecture: string;
  method: string | null;
  file: string;
  bytes: number;
  licence: string | null;
  /** Score by measure and split, fractions; none of imported weights. */
  scores: Record<string, number>;
}

/** All weights that can be named: the shipped ones, then the user's own. Throws `weights-missing`, `weights-unfit`. */
export async function listWeights(): Promise<ListedWeights[]> {
  const shipped = (await readManifest()).map((entry): ListedWeights => {
    const { name, architecture, method, bytes, licence, scores } = entry;
    const file = path.join(shippedWeightsFolder, entry.file);
    return { name, origin: 'shipped', architecture, method, file, bytes, licence, scores };
  });
  const folder = userWeightsFolder();
  const imported = (await listUserWeights(folder)).map(async (name): Promise<ListedWeights> => {
    const file = path.join(folder, name + weightsSuffix);
    const { metadata } = await readSafetensors(file);
    return {
      name,
      origin: 'imported',
      architecture: metadata.architecture ?? 'unknown',
      method: metadata.method ?? null,
      file,
      bytes: (await stat(file)).size,
      licence: metadata.licence ?? null,
      scores: {},
    };
  });
  return [...shipped, ...(await Promise.all(imported))];
}
