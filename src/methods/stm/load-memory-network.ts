/** Memory networks from files, and new ones from a trunk's weights. */
import * as tf from '@tensorflow/tfjs';
import type { Sample } from '../../datasets/sample.js';
import { OsvosError } from '../../errors.js';
import { toInput } from '../../networks/input.js';
import { initialMemoryWeights } from '../../networks/memory/initial-weights.js';
import type {
  MemoryArchitecture,
  MemoryArchitectureName,
} from '../../networks/memory/memory-architecture.js';
import { MemoryNetwork } from '../../networks/memory/memory-network.js';
import { createRandom } from '../../random.js';
import { findWeights } from '../../weights/manifest.js';
import { readTrunk } from '../../weights/read-trunk.js';
import { torchvisionInput } from '../../weights/trunk-inputs.js';
import { readMemoryWeights } from './read-memory-weights.js';

/** What the header of a file says beside its tensors. */
export interface MemoryMetadata {
  architecture: MemoryArchitectureName;
}

/** A trained memory network, by name or file. Throws as `readMemoryWeights`. */
export async function loadMemoryNetwork(name: string, wanted: MemoryArchitecture): Promise<MemoryNetwork> {
  const { tensors, file } = await readMemoryWeights(name, wanted);
  return MemoryNetwork.from(tensors, wanted, file);
}

/** Pictures that the mean key is taken from, and their sides. */
const KEY_PICTURES = 16;
const KEY_SIDE = 256;

/**
 * A network before its training, on a trunk's own weights. Keys are centred: without it what all pictures have in
 * common would decide what looks alike.
 *
 * @param base trunk weights, name or file
 * @param pictures some of those that it will see
 * @throws OsvosError `weights-missing`, `weights-unfit`
 */
export async function untrainedMemoryNetwork(
  architecture: MemoryArchitecture,
  base: string,
  pictures: readonly Sample[],
  seed: number,
): Promise<MemoryNetwork> {
  if (architecture.trunk !== 'resnet18') {
    const remedy = 'use --trunk resnet18, or --init with weights of the network';
    throw new OsvosError('usage', `no training from trunk weights of ${architecture.trunk}`, '', remedy);
  }
  const { file } = await findWeights(base);
  const trunk = await readTrunk(architecture.trunk, file);
  const weights = initialMemoryWeights(architecture, trunk, createRandom(seed));
  const network = MemoryNetwork.from(weights, architecture, file);
  const heads = architecture.keys === 'masked' ? ['KV_M_r4.Key', 'KV_Q_r4.Key'] : ['KV_Q_r4.Key'];
  tf.tidy(() => {
    const middle = meanKey(network, pictures);
    for (const head of heads) network.parameters.get(`${head}.bias`).assign(tf.neg(middle));
  });
  return network;
}

/** `[key]`, over some pictures. */
function meanKey(network: MemoryNetwork, pictures: readonly Sample[]): tf.Tensor1D {
  const step = Math.max(1, Math.floor(pictures.length / KEY_PICTURES));
  const chosen = pictures.filter((_, i) => i % step === 0).slice(0, KEY_PICTURES);
  const means = chosen.map((picture) =>
    tf.tidy(() => {
      const size = { width: Math.min(KEY_SIDE, picture.width), height: Math.min(KEY_SIDE, picture.height) };
      const { key } = network.imageKey(
        toInput([cropped(picture, size)], size.height, size.width, torchvisionInput),
      );
      return tf.mean<tf.Tensor1D>(key, [0, 1, 2]);
    }),
  );
  return tf.mean<tf.Tensor1D>(tf.stack(means), 0);
}

/** The upper left part of a picture. */
function cropped({ rgb, width }: Sample, size: { width: number; height: number }): Uint8Array {
  const part = new Uint8Array(3 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    part.set(rgb.subarray(3 * y * width, 3 * (y * width + size.width)), 3 * y * size.width);
  }
  return part;
}
