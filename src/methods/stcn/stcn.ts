import type { Method } from '../method.js';
import type { MemoryOptions } from '../stm/defaults.js';
import { memoryMethod } from '../stm/memory-method.js';
import { stcnDefaults } from './defaults.js';

/** Space-time correspondence (Cheng et al. 2021): keys from the picture alone, compared by distance. */
export const stcn: Method<MemoryOptions> = memoryMethod(stcnDefaults);
