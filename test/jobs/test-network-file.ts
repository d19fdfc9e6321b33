/** A test network that knows nothing: what is looked at before an engine starts. */
import { writeSafetensors } from '../../src/weights/safetensors.js';

/** One number for each object; gives the file. */
export async function writeTestNetwork(file: string, objects: number[]): Promise<string> {
  const number = { dtype: 'F32' as const, shape: [1], data: Float32Array.of(1) };
  await writeSafetensors(file, new Map(objects.map((id) => [`object.${id}.fuse.bias`, number])));
  return file;
}
