import type { MemoryKeys } from '../../networks/memory/memory-architecture.js';
import type { Method } from '../method.js';
import { memoryThreshold, type MemoryOptions } from './defaults.js';
import { loadMemoryNetwork } from './load-memory-network.js';
import { MemorySegmenter } from './memory-segmenter.js';

/** What the methods with a space-time memory have in common; they differ in weights, keys and defaults. */
export function memoryMethod(name: string, keys: MemoryKeys): Method<MemoryOptions> {
  return {
    name,
    family: 'offline',
    annotations: 'as-they-come',
    explains: true,
    threshold: memoryThreshold,
    open: async (options) =>
      new MemorySegmenter(await loadMemoryNetwork(options.weights, { trunk: options.trunk, keys }), options),
  };
}
