/** What all engines and the peer compute: a network with random weights, a picture and its labels, in one file. */
import { createHeads, osvosShapes, type OsvosNetworkOptions } from '../../src/networks/osvos-network.js';
import type { Heads } from '../../src/networks/heads.js';
import type { Trunk } from '../../src/networks/stage.js';
import { createTrunk } from '../../src/networks/trunk.js';
import type { TrunkName } from '../../src/networks/trunk-names.js';
import { createRandom, type Random } from '../../src/random.js';
import { balancedWeights } from '../../src/training/losses.js';
import { writeSafetensors } from '../../src/weights/safetensors.js';
import type { Weights, WeightTensor } from '../../src/weights/weights.js';

export interface PictureSize {
  height: number;
  width: number;
}

/** The heads that stand on a trunk here: those of Caelles et al. 2017 on theirs, the program's defaults on its default. */
export const headsOf = {
  vgg16: 'side-outputs',
  'vgg19-slim': 'side-outputs',
  'resnet50-v1': 'top-down',
} as const satisfies Partial<Record<TrunkName, OsvosNetworkOptions['heads']>>;
export type NetworkName = keyof typeof headsOf;

/** Side losses weigh as much as that of the fused logits, as at the start of a parent training. */
export const SIDE_WEIGHT = 1;
export const MOMENTUM = 0.9;
/** Learning rate: the loss visibly falls within the few iterations, so that it tells a wrong update. */
const RATE = 1e-3;

const BIAS_DEVIATION = 0.05;
/** Share of the picture's width that the object takes. */
const OBJECT_SHARE = 0.25;

export function networkOptions(network: NetworkName): OsvosNetworkOptions {
  return { trunk: network, heads: headsOf[network], crop: 'fixed' };
}

/**
 * Parameters by their names, and `picture` `[1, H, W, 3]`, `labels` `[1, H, W]`, `weights` of the pixels `[1, H, W]`.
 * Speed hardly depends on the numbers; that they are the same lets the losses of all sides be compared.
 */
export async function writeCase(file: string, network: NetworkName, size: PictureSize): Promise<void> {
  const random = createRandom(1);
  const options = networkOptions(network);
  const networkTrunk = createTrunk(options.trunk);
  const networkHeads = createHeads(networkTrunk, options);
  const tensors: Weights = randomWeights(networkTrunk, networkHeads, random);
  networkHeads.dispose();
  const { height, width } = size;
  const labels = Uint8Array.from({ length: height * width }, (_, i) =>
    i % width < OBJECT_SHARE * width ? 1 : 0,
  );
  tensors.set(
    'picture',
    tensor([1, height, width, 3], () => random.normal()),
  );
  tensors.set(
    'labels',
    tensor([1, height, width], (i) => labels[i]),
  );
  const weights = balancedWeights(labels, 'balanced');
  tensors.set(
    'weights',
    tensor([1, height, width], (i) => weights[i]),
  );
  const { trunk, heads, crop } = options;
  await writeSafetensors(file, tensors, { trunk, heads, crop, rate: String(RATE) });
}

/**
 * Convolutions drawn as He et al. (2015) do, so that what goes through keeps its size, and biases that cannot be
 * left out unseen. Logits are then about one, not near zero as untrained ones: their loss tells a wrong map.
 */
export function randomWeights(trunk: Trunk, heads: Heads, random: Random): Weights {
  const weights: Weights = new Map();
  for (const [name, shape] of osvosShapes(trunk, heads)) {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const deviation =
      shape.length === 1 ? BIAS_DEVIATION : deviationFactor(name, trunk.shapes.has(name)) / Math.sqrt(fanIn);
    weights.set(
      name,
      tensor([...shape], () => deviation * random.normal()),
    );
  }
  return weights;
}

/** A ReLU halves the squares, but what is added to a shortcut must be small: there are many of them. */
function deviationFactor(name: string, ofTrunk: boolean): number {
  if (name.includes('.conv3.') && name.startsWith('layer')) return 0.2;
  return ofTrunk ? Math.SQRT2 : 0.5;
}

function tensor(shape: number[], value: (index: number) => number): WeightTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'F32', shape, data: Float32Array.from({ length }, (_, i) => value(i)) };
}
