/** Test networks in files: tensors prefixed `object.<id>.`. */
import { OsvosError } from '../errors.js';
import { readSafetensors } from '../weights/safetensors.js';

/** Object ids that a test network follows, ascending. Throws `weights-missing` and `weights-unfit`. */
export async function objectsOfTestNetwork(file: string): Promise<number[]> {
  const { tensors } = await readSafetensors(file);
  const ids = new Set<number>();
  for (const name of tensors.keys()) {
    const match = /^object\.(\d+)\./.exec(name);
    if (match) ids.add(Number(match[1]));
  }
  if (ids.size === 0) {
    throw new OsvosError(
      'weights-unfit',
      'no test network: no tensor belongs to an object',
      file,
      'make one with osvos finetune',
    );
  }
  return [...ids].sort((a, b) => a - b);
}
