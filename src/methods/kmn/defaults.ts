import { BEST_CELLS, KERNEL_SIGMA, memoryDefaults, type MemoryMethodDefaults } from '../stm/defaults.js';

/** Kernelised memory (Seong et al. 2020): STM's network, read with a kernel. */
export const kmnDefaults: MemoryMethodDefaults = {
  name: 'kmn',
  keys: 'masked',
  options: { ...memoryDefaults, topK: BEST_CELLS, kernel: KERNEL_SIGMA },
};
