import type { EngineName } from '../engine.js';
import { registerBiasedConvolution } from './biased-convolution.js';
import { registerBootstrappedCrossEntropy } from './bootstrapped-cross-entropy.js';
import { registerMemoryRead } from './memory-read.js';
import { registerReluGradient } from './relu-gradient.js';
import { registerResizeGradient } from './resize-gradient.js';
import { replaceTensorflowConvolution } from './tensorflow-convolution.js';
import { repairWasmConvolution } from './wasm-convolution.js';
import { repairWasmProducts } from './wasm-products.js';
import { repairWebgpuSums } from './webgpu-sums.js';
import { registerWeightedCrossEntropy } from './weighted-cross-entropy.js';

/**
 * Registers the kernels and gradients that the library lacks, does wrongly or slowly. To be called once the engine's
 * backend is registered; calling it again changes nothing. Gradients belong to all engines, so they are the same
 * whichever is asked for.
 */
export function registerKernels(engine: EngineName): void {
  registerBootstrappedCrossEntropy();
  registerMemoryRead();
  registerReluGradient();
  registerBiasedConvolution();
  registerResizeGradient();
  registerWeightedCrossEntropy();
  switch (engine) {
    case 'tensorflow':
      replaceTensorflowConvolution();
      break;
    case 'wasm':
      repairWasmConvolution();
      repairWasmProducts();
      break;
    case 'webgpu':
      repairWebgpuSums();
      break;
    case 'torch':
    case 'cpu':
      break;
  }
}
