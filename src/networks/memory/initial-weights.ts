/** Numbers of a memory network before its training. */
import type { Random } from '../../random.js';
import type { Weights } from '../../weights/weights.js';
import { memoryShapes } from './memory-network.js';
import type { MemoryArchitecture } from './memory-architecture.js';

/**
 * Gain of the orthogonal key heads. Features of an ImageNet trunk are small (mean square .04 for ResNet-18): without
 * it every cell looks like every other, and a network learns without matching (docs/experiments.md).
 */
const KEY_GAIN = 4;
/** Filters of masks begin small: the trunk's maps stay what they are, and so do the keys made of them. */
const MASK_DEVIATION = 0.03;
/** Second convolutions of residual blocks begin small, the mask's logits near zero. */
const RESIDUAL_SCALE = 0.3;
const LOGIT_SCALE = 0.1;
/** Values and skips are read from the trunk's small features. */
const FEATURE_SCALE = 3;

/**
 * Both encoders from one trunk; key heads of memory and query the same orthogonal matrix, so that a network begins by
 * matching what looks alike; all else at random, biases at zero.
 *
 * @param trunk weights with the trunk's own names (`conv1.weight`, `layer1.0.conv1.weight`, …)
 */
export function initialMemoryWeights(
  architecture: MemoryArchitecture,
  trunk: Weights,
  random: Random,
): Weights {
  const weights: Weights = new Map();
  const shapes = memoryShapes(architecture);
  const keys = orthogonalFilter(shapes.get('KV_Q_r4.Key.weight')!, random);
  for (const [name, shape] of shapes) {
    const fromTrunk = trunk.get(trunkName(name));
    if (fromTrunk) {
      weights.set(name, fromTrunk);
      continue;
    }
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const deviation = deviationOf(name, fanIn);
    const data = name.endsWith('.Key.weight')
      ? keys
      : Float32Array.from({ length: size }, () => (deviation === 0 ? 0 : deviation * random.normal()));
    weights.set(name, { dtype: 'F32', shape: [...shape], data });
  }
  return weights;
}

/** `Encoder_M.res2.0.conv1.weight` → `layer1.0.conv1.weight`. */
function trunkName(name: string): string {
  return name
    .replace(/^Encoder_[MQ]\./, '')
    .replace(/^res(\d)/, (_, stage: string) => `layer${Number(stage) - 1}`);
}

function deviationOf(name: string, fanIn: number): number {
  if (name.endsWith('.bias')) return 0;
  if (/\.conv1_[mo]\.weight$/.test(name)) return MASK_DEVIATION;
  const plain = Math.sqrt(1 / fanIn);
  if (name.endsWith('.conv2.weight')) return RESIDUAL_SCALE * plain;
  if (name.startsWith('Decoder.pred2.')) return LOGIT_SCALE * plain;
  if (/\.(Value|convFS)\.weight$/.test(name)) return FEATURE_SCALE * plain;
  return plain;
}

/** A filter `[k, k, in, out]` whose output channels are orthogonal, of length `KEY_GAIN` (Gram & Schmidt). */
function orthogonalFilter([height, width, input, output]: readonly number[], random: Random): Float32Array {
  const length = height * width * input;
  const rows: Float64Array[] = [];
  for (let k = 0; k < output; k++) {
    const row = Float64Array.from({ length }, () => random.normal());
    // twice: once leaves errors of rounding
    for (let pass = 0; pass < 2; pass++) {
      for (const other of rows) {
        const along = dot(row, other);
        for (let i = 0; i < length; i++) row[i] -= along * other[i];
      }
    }
    const norm = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / norm));
  }
  const filter = new Float32Array(length * output);
  rows.forEach((row, k) => row.forEach((value, i) => (filter[i * output + k] = KEY_GAIN * value)));
  return filter;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
