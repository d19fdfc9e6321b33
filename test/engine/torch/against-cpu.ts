import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import { loadAddon, type Addon } from '../../../src/engine/torch/addon.js';
import { findTorchPackage } from '../../../src/engine/torch/package.js';
import type { Precision } from '../../../src/engine/engine.js';
import { numbers } from '../kernels/engines.js';

/** A tensor to be: the same numbers on every engine. */
export interface Given {
  shape: number[];
  data: Float32Array | Int32Array;
}

/** Numbers between −1 and 1 without a pattern; `phase` tells tensors of one shape apart. */
export function given(shape: number[], phase = 0): Given {
  return { shape, data: numbers(shape, phase) };
}

export interface Got {
  shape: number[];
  dtype: tf.DataType;
  data: number[];
}

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** What an operation gives on the engine that runs, tensors given back. */
export function run(operation: Operation, inputs: Given[]): Got[] {
  const before = tf.memory().numTensors;
  const tensors = inputs.map(({ data, shape }) =>
    tf.tensor(data, shape, data instanceof Int32Array ? 'int32' : 'float32'),
  );
  const results = tf.tidy(() => ([] as tf.Tensor[]).concat(operation(...tensors)));
  const got = results.map((x) => ({ shape: x.shape, dtype: x.dtype, data: Array.from(x.dataSync()) }));
  tf.dispose([tensors, results]);
  expect(tf.memory().numTensors, 'tensors left').to.equal(before);
  return got;
}

/** The addon, or a skipped suite where it is not compiled. */
export function addonOrSkip(context: Mocha.Context): Addon {
  const found = findTorchPackage();
  if (!('why' in found)) return loadAddon(found.addon);
  console.log(`      skipped: ${found.why}`);
  return context.skip();
}

/** The operation on engine `torch`, with memory poisoned before it is written, and on `cpu`. */
export async function both(
  operation: Operation,
  inputs: Given[],
  { addon, precision = 'f32', ownLoops = true }: { addon: Addon; precision?: Precision; ownLoops?: boolean },
): Promise<{ torch: Got[]; cpu: Got[] }> {
  await startEngine({ engine: 'cpu' });
  const cpu = run(operation, inputs);
  await startEngine({ engine: 'torch', precision, threads: 1 });
  addon.poison(true);
  addon.useOwnLoops(ownLoops);
  try {
    return { cpu, torch: run(operation, inputs) };
  } finally {
    addon.useOwnLoops(true);
    addon.poison(false);
  }
}

/** The same shapes, types and numbers; numbers within `tolerance` of the largest. */
export function expectSame(torch: Got[], cpu: Got[], tolerance: number): void {
  expect(torch.map(({ shape, dtype }) => ({ shape, dtype }))).to.deep.equal(
    cpu.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  torch.forEach(({ data }, part) => {
    const largest = Math.max(1, ...cpu[part].data.filter(Number.isFinite).map(Math.abs));
    data.forEach((number, i) => {
      const wanted = cpu[part].data[i];
      if (Number.isFinite(wanted)) {
        expect(Math.abs(number - wanted), `number ${i}: ${number} for ${wanted}`).to.be.at.most(
          tolerance * largest,
        );
      } else expect(number, `number ${i}`).to.deep.equal(wanted);
    });
  });
}

/** ‖a − b‖ / ‖b‖ (Frobenius). */
export function relativeError(a: readonly number[], b: readonly number[]): number {
  const norm = (numbers: number[]) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0));
  return norm(a.map((x, i) => x - b[i])) / norm([...b]);
}
