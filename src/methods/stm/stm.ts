import type { Method } from '../method.js';
import { stmDefaults, type MemoryOptions } from './defaults.js';
import { memoryMethod } from './memory-method.js';

/** Space-time memory (Oh et al. 2019). */
export const stm: Method<MemoryOptions> = memoryMethod(stmDefaults);
