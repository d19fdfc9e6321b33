/** Weights, pictures and masks of `reference.py`, by the same formulas. */
import * as tf from '@tensorflow/tfjs';
import type { Triplet } from '../../../src/datasets/triplets.js';
import type { ParameterShapes } from '../../../src/networks/parameters.js';
import type { Weights } from '../../../src/weights/weights.js';

export function formulaWeights(shapes: ParameterShapes): Weights {
  return new Map(
    [...shapes].map(([name, shape]) => [name, { dtype: 'F32', shape: [...shape], data: fill(name, shape) }]),
  );
}

function fill(name: string, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const phase = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  if (shape.length === 1) return values.map((_, k) => 0.05 * Math.sin(1.3 * k + phase));
  const gain = /conv[23]\.weight$/.test(name) ? 0.9 : name.includes('pred2') ? 0.3 : 2.2;
  const scale = gain / Math.sqrt(shape[0] * shape[1] * shape[2]);
  for (let k = 0; k < values.length; k++) values[k] = scale * scattered(k + 1000003 * phase);
  return values;
}

/** Numbers from −1 to 1 without a pattern, from whole ones. */
function scattered(k: number): number {
  k = Math.imul(k ^ (k >>> 16), 0x45d9f3b);
  k = Math.imul(k ^ (k >>> 16), 0x45d9f3b);
  return ((k ^ (k >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** `[1, height, width, 3]`: sin(.3y + .5x + c). */
export function formulaPicture(height: number, width: number): tf.Tensor4D {
  return map(height, width, 3, (y, x, c) => Math.sin(0.3 * y + 0.5 * x + c));
}

/** `[1, height, width, 1]`, 0–1. */
export function formulaMask(height: number, width: number, phase: number): tf.Tensor4D {
  return map(height, width, 1, (y, x) => 1 / (1 + Math.exp(-8 * Math.sin(0.2 * y + 0.1 * x + phase))));
}

function map(
  height: number,
  width: number,
  channels: number,
  value: (y: number, x: number, c: number) => number,
): tf.Tensor4D {
  const data = Float32Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return value(Math.floor(pixel / width), pixel % width, i % channels);
  });
  return tf.tensor4d(data, [1, height, width, channels]);
}

export interface FormulaTriplet {
  /** `[1, side, side, 3]` of each frame, as the network sees them. */
  pictures: tf.Tensor4D[];
  labels: Uint8Array[];
  objects: number;
}

export function formulaTriplet(side: number, seed: number, objects: 1 | 2): FormulaTriplet {
  const frames = [0, 1, 2];
  const labelAt = (y: number, x: number, frame: number) => {
    if (y + x > 2 * side - 12) return 255;
    const wave = Math.sin(0.25 * x + 0.2 * frame + seed) + Math.sin(0.3 * y - 0.1 * frame);
    return wave > 0.4 ? 1 : wave < -0.6 && objects === 2 ? 2 : 0;
  };
  return {
    pictures: frames.map((frame) =>
      map(side, side, 3, (y, x, c) => Math.sin(0.3 * y + 0.5 * x + c + 0.2 * frame + seed)),
    ),
    labels: frames.map((frame) =>
      Uint8Array.from({ length: side * side }, (_, i) => labelAt(Math.floor(i / side), i % side, frame)),
    ),
    objects,
  };
}

/** With pictures that are grey: what the network is to see is put in afterwards. */
export function asTriplet({ labels, objects }: FormulaTriplet, side: number): Triplet {
  const rgb = new Uint8Array(3 * side * side);
  return { objects, samples: labels.map((own) => ({ width: side, height: side, rgb, labels: own })) };
}
