import * as tf from '@tensorflow/tfjs';
import {
  scoresOf,
  type MemoryBlock,
  type ReadOptions,
  type Similarity,
} from '../../engine/kernels/memory-scores.js';
import { memoryReadKernel } from '../../engine/kernels/memory-read.js';
import type { MemoryKeys } from './memory-architecture.js';

export interface MemoryReadOptions extends Omit<ReadOptions, 'similarity'> {
  /** Image keys are compared by distance, masked ones by product. */
  keys: MemoryKeys;
}

const similarities: Readonly<Record<MemoryKeys, Similarity>> = { masked: 'product', image: 'distance' };

/**
 * Reads a space-time memory: each cell of the query gets the mean of all values, weighted by the softmax of how alike
 * the keys are (Oh et al. 2019, eq. 1–2). What that takes beside its result is at most 64 MB, whatever the clip's
 * length. `registerKernels` must have run.
 *
 * @param query `[cells, key]`, row by row
 * @param blocks frames of the memory, at least one
 * @returns `[cells, values]`
 */
export function readMemory(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  { keys, ...options }: MemoryReadOptions,
): tf.Tensor2D {
  return memoryReadKernel(query, blocks, { ...options, similarity: similarities[keys] });
}

/**
 * Affinities as training needs them, all at once and without a kernel, whose maximum has no gradient.
 *
 * @param query `[N, cells, key]`
 * @param keys `[N, memory cells, key]`
 * @returns weights `[N, cells, memory cells]`, each row of sum 1
 */
export function memoryAffinity(query: tf.Tensor3D, keys: tf.Tensor3D, form: MemoryKeys): tf.Tensor3D {
  return tf.softmax(keyScores(query, keys, form), -1);
}

/** How alike cells of query and memory are, `[…, cells, memory cells]`, as the read compares them. */
export function keyScores<T extends tf.Tensor>(query: T, keys: T, form: MemoryKeys): T {
  return scoresOf(query, keys, similarities[form]);
}
