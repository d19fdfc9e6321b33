import type { Method } from '../method.js';
import { memoryCost } from './cost.js';
import { memoryThreshold, type MemoryMethodDefaults, type MemoryOptions } from './defaults.js';
import { loadMemoryNetwork } from './load-memory-network.js';
import { MemorySegmenter } from './memory-segmenter.js';
import { reducedSize } from './padding.js';

/** What the methods with a space-time memory have in common; they differ in weights, keys and defaults. */
export function memoryMethod({ name, keys }: MemoryMethodDefaults): Method<MemoryOptions> {
  return {
    name,
    family: 'offline',
    annotations: 'as-they-come',
    explains: true,
    threshold: memoryThreshold,
    networkSize: reducedSize,
    cost: (options, frame, objects, annotations) => memoryCost(keys, options, frame, objects, annotations),
    open: async (options) =>
      new MemorySegmenter(await loadMemoryNetwork(options.weights, { trunk: options.trunk, keys }), options),
  };
}
