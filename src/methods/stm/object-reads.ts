/** What each object reads in the memory: those with the same keys are compared with a frame once. */
import * as tf from '@tensorflow/tfjs';
import type { Grid } from '../../engine/kernels/memory-scores.js';
import type { MemoryKeys } from '../../networks/memory/memory-architecture.js';
import type { Query } from '../../networks/memory/memory-network.js';
import { readMemory, type MemoryReadOptions } from '../../networks/memory/memory-read.js';
import { KERNEL_ROWS, type MemoryOptions } from './defaults.js';
import type { SpaceTimeMemory } from './space-time-memory.js';

export class ObjectReads {
  constructor(
    private readonly memory: SpaceTimeMemory,
    private readonly keys: MemoryKeys,
    private readonly settings: Pick<MemoryOptions, 'kernel' | 'topK'>,
  ) {}

  /** What the memory says of each object, `[1, h, w, value]`. */
  read(query: Query, ids: readonly number[]): tf.Tensor4D[] {
    const { cells, grid } = cellsOf(query);
    const options = this.options(grid);
    const reads = new Map<number, tf.Tensor4D>();
    for (const group of this.groups(ids)) {
      const read = readMemory(cells, this.memory.blocks(group), options);
      const parts = group.length === 1 ? [read] : tf.split<tf.Tensor2D>(read, group.length, 1);
      group.forEach((id, i) => reads.set(id, tf.reshape(parts[i], [1, grid.height, grid.width, -1])));
    }
    return ids.map((id) => reads.get(id)!);
  }

  options(grid: Grid): MemoryReadOptions {
    const { kernel, topK } = this.settings;
    const sigma = kernel === false ? undefined : (kernel * grid.height) / KERNEL_ROWS;
    return { keys: this.keys, grid, sigma, topK: topK === false ? undefined : topK };
  }

  /** Objects that are read together. */
  groups(ids: readonly number[]): number[][] {
    if (this.keys !== 'image') return ids.map((id) => [id]);
    const groups = new Map<string, number[]>();
    for (const id of ids) {
      const signature = this.memory.signature(id);
      groups.set(signature, [...(groups.get(signature) ?? []), id]);
    }
    return [...groups.values()];
  }
}

/** The query's key row by row, `[cells, key]`. */
export function cellsOf({ key }: Query): { cells: tf.Tensor2D; grid: Grid } {
  const [, height, width, channels] = key.shape;
  return { cells: tf.reshape(key, [height * width, channels]), grid: { height, width } };
}
