import { memoryDefaults, type MemoryMethodDefaults } from '../stm/defaults.js';

/** Space-time correspondence (Cheng et al. 2021): keys from the picture alone. */
export const stcnDefaults: MemoryMethodDefaults = { name: 'stcn', keys: 'image', options: memoryDefaults };
