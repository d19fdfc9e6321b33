import type { EngineName } from '../engine.js';
import { registerBiasedConvolution } from './biased-convolution.js';
import { registerReluGradient } from './relu-gradient.js';
import { registerResizeGradient } from './resize-gradient.js';
import { replaceTensorflowConvolution } from './tensorflow-convolution.js';
import { repairWasmConvolution } from './wasm-convolution.js';
import { repairWasmProducts } from './wasm-products.js';

const done = new Set<EngineName | 'all'>();

/**
 * Registers the kernels and gradients that the library lacks, does wrongly or slowly. To be called once the engine's
 * backend is registered; calling it again changes nothing. Gradients belong to all engines, so they are the same
 * whichever is asked for.
 */
export function registerKernels(engine: EngineName): void {
  if (!done.has('all')) {
    registerReluGradient();
    registerBiasedConvolution();
    registerResizeGradient();
    done.add('all');
  }
  if (!done.has(engine)) {
    if (engine === 'tensorflow') replaceTensorflowConvolution();
    if (engine === 'wasm') {
      repairWasmConvolution();
      repairWasmProducts();
    }
    done.add(engine);
  }
}
