import { memoryDefaults, type MemoryMethodDefaults } from '../stm/defaults.js';

/** Chosen on the hold-out sequences (docs/experiments.md); the paper has no kernel. */
const STCN_SIGMA = 5;

/** Space-time correspondence (Cheng et al. 2021): keys from the picture alone. */
export const stcnDefaults: MemoryMethodDefaults = {
  name: 'stcn',
  keys: 'image',
  options: { ...memoryDefaults, kernel: STCN_SIGMA },
};
