import type { Method } from '../method.js';
import { memoryMethod } from './memory-method.js';
import type { MemoryOptions } from './defaults.js';

/** Space-time memory (Oh et al. 2019). */
export const stm: Method<MemoryOptions> = memoryMethod('stm', 'masked');
