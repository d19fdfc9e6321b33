import { blocksOf, MEMORY_READ } from '../../kernels/memory-read.js';
import { BLOCK_BYTES, type ReadOptions } from '../../kernels/memory-scores.js';
import { defineKernel, of } from './kernel.js';

export function defineMemoryRead(): void {
  defineKernel(MEMORY_READ, (inputs, attributes, backend) => {
    const { similarity, grid, sigma, topK, blockBytes } = attributes as unknown as ReadOptions;
    const blocks = blocksOf(inputs);
    const read = backend.addon.memoryRead(
      ...of(backend, inputs.query),
      blocks.length,
      ...blocks.flatMap(({ keys, values }) => [...of(backend, keys), ...of(backend, values)]),
      similarity === 'distance',
      [grid.height, grid.width],
      sigma ?? 0,
      topK ?? 0,
      Math.min(blockBytes ?? BLOCK_BYTES, Number.MAX_SAFE_INTEGER), // Infinity would arrive as 0
    );
    return backend.take(read, [inputs.query.shape[0], blocks[0].values.shape[1]], 'float32');
  });
}
