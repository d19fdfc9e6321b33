import type { Method } from '../method.js';
import type { MemoryOptions } from '../stm/defaults.js';
import { memoryMethod } from '../stm/memory-method.js';
import { kmnDefaults } from './defaults.js';

/** Kernelised memory (Seong et al. 2020): a space-time memory trained with hidden cells and read with a kernel. */
export const kmn: Method<MemoryOptions> = memoryMethod(kmnDefaults);
