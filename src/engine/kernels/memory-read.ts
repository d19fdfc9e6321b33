import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { readBlockwise } from './blockwise-read.js';
import type { MemoryBlock, ReadOptions } from './memory-scores.js';
import { addKernel } from './replace-kernel.js';

/** Kernel of our own: the whole read of a space-time memory. It has no gradient. */
export const MEMORY_READ = 'MemoryRead';

/**
 * Reads a space-time memory: each cell of the query gets the mean of all values, weighted by the softmax of how alike
 * the keys are. Frame after frame, so that what it takes beside its result does not grow with the memory.
 * `registerKernels` must have run.
 *
 * @param query `[cells, key]`, row by row
 * @param blocks frames of the memory, at least one
 * @returns `[cells, values]`
 */
export function memoryReadKernel(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  options: ReadOptions,
): tf.Tensor2D {
  check(query, blocks, options);
  const inputs: tf.NamedTensorMap = { query };
  blocks.forEach(({ keys, values }, i) =>
    Object.assign(inputs, { [`keys${i}`]: keys, [`values${i}`]: values }),
  );
  return tf.engine().runKernel(MEMORY_READ, inputs, options as unknown as tf.NamedAttrMap);
}

/** Keys and values of the blocks, as the kernel gets them. */
export function blocksOf<T extends tf.TensorInfo>(inputs: Record<string, T>): { keys: T; values: T }[] {
  const count = (Object.keys(inputs).length - 1) / 2;
  return Array.from({ length: count }, (_, i) => ({
    keys: inputs[`keys${i}`],
    values: inputs[`values${i}`],
  }));
}

export function registerMemoryRead(): void {
  for (const engine of engineNames) {
    addKernel(MEMORY_READ, engine, ({ inputs, attrs }) => {
      const tensors = inputs as unknown as Record<string, tf.Tensor2D>;
      return readBlockwise(tensors.query, blocksOf(tensors), attrs as unknown as ReadOptions);
    });
  }
}

/** Kernels are handed numbers without a look at them, and a wrong shape would be read past its end. */
function check(query: tf.Tensor2D, blocks: readonly MemoryBlock[], { grid, topK, sigma }: ReadOptions): void {
  const [cells, key] = query.shape;
  const width = blocks[0]?.values.shape[1];
  const fits = ({ keys, values }: MemoryBlock) =>
    keys.shape[1] === key &&
    values.shape[0] === keys.shape[0] &&
    keys.shape[0] > 0 &&
    values.shape[1] === width;
  if (blocks.length === 0) throw new Error('a memory of no frames is read');
  if (!blocks.every(fits)) throw new Error('keys and values of a memory do not fit its query');
  if (cells !== grid.height * grid.width)
    throw new Error(`${cells} cells are no grid of ${grid.height}×${grid.width}`);
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0))
    throw new Error(`the best ${topK} cells are read`);
  if (sigma !== undefined && !(sigma > 0)) throw new Error(`a kernel of ${sigma} cells`);
}
