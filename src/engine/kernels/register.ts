import type { EngineName } from '../engine.js';
import { registerReluGradient } from './relu-gradient.js';

let sharedDone = false;

/**
 * Registers the kernels and gradients that the library lacks, does wrongly or slowly. To be called once an engine's
 * backend is registered; calling it again changes nothing. Gradients belong to all engines, so they are the same
 * whichever is asked for.
 */
export function registerKernels(engine: EngineName): void {
  if (!sharedDone) {
    registerReluGradient();
    sharedDone = true;
  }
  void engine;
}
