/** `osvos weights average`: the mean of networks that went on from the same one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { asFloat32, toHalf } from '../weights/half.js';
import { findWeights } from '../weights/manifest.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import type { WeightFile, Weights } from '../weights/weights.js';

export interface AverageResult {
  file: string;
  tensors: number;
  /** Files that were averaged. */
  of: string[];
}

/**
 * Writes the mean of all numbers, in half precision. Networks that were fine-tuned from one start lie in one valley, and
 * their mean is often better than each (Wortsman et al. 2022); of others it is worth nothing.
 *
 * @param names names or files, two or more
 * @throws OsvosError `weights-missing`; `weights-unfit` where tensors or headers differ; `usage` where `out` exists
 */
export async function averageWeights(
  names: readonly string[],
  out: string,
  force: boolean,
): Promise<AverageResult> {
  if (names.length < 2)
    throw new OsvosError('usage', 'a mean of less than two networks', names.join(), 'name two or more');
  if (existsSync(out) && !force) throw new OsvosError('output-exists', 'this file is there', out);
  const files = await Promise.all(names.map(async (name) => (await findWeights(name)).file));
  const [first, ...others] = await Promise.all(files.map((file) => readSafetensors(file)));
  others.forEach((other, i) => requireSame(first, other, files[0], files[i + 1]));
  const mean: Weights = new Map();
  for (const [name, { shape }] of first.tensors) {
    const all = [first, ...others].map(({ tensors }) => asFloat32(tensors.get(name)!));
    const data = all[0].map((_, i) => all.reduce((sum, own) => sum + own[i], 0) / all.length);
    mean.set(name, { dtype: 'F16', shape, data: toHalf(data, name) });
  }
  await writeSafetensors(out, mean, first.metadata);
  return { file: path.resolve(out), tensors: mean.size, of: files };
}

function requireSame(a: WeightFile, b: WeightFile, fileA: string, fileB: string): void {
  const shapeOf = ({ tensors }: WeightFile, name: string) => tensors.get(name)?.shape.join('×');
  const names = new Set([...a.tensors.keys(), ...b.tensors.keys()]);
  const differing = [...names].filter((name) => shapeOf(a, name) !== shapeOf(b, name));
  const headers =
    JSON.stringify(Object.entries(a.metadata).sort()) !== JSON.stringify(Object.entries(b.metadata).sort());
  if (differing.length === 0 && !headers) return;
  const what = differing.length > 0 ? `${differing.length} tensors (${differing[0]}, …)` : 'headers';
  const remedy = 'average networks of one form, each trained on from the same weights';
  throw new OsvosError(
    'weights-unfit',
    `${what} differ from those of ${path.basename(fileA)}`,
    fileB,
    remedy,
  );
}
