/** The `torch` engine: PyTorch's C++ library by an addon of our own, on the processor, a CUDA card, or Apple's GPU. */
import * as tf from '@tensorflow/tfjs';
import type { DeviceName, Engine, EngineOptions } from '../engine.js';
import { loadAddon, type Addon } from './addon.js';
import { TorchBackend } from './backend.js';
import { defineTorchKernels } from './kernels/register.js';
import { findTorchPackage } from './package.js';
import { holdsInBf16 } from './precision.js';

let addon: Addon | undefined;

/**
 * Loads PyTorch into this process, once.
 *
 * @returns the addon, and the device that the engine will run on
 * @throws Error when it cannot be loaded
 */
export function loadTorch(device: EngineOptions['device'] = 'auto'): { addon: Addon; device: DeviceName } {
  if (!addon) {
    const found = findTorchPackage();
    if ('why' in found) throw new Error(found.why);
    addon = loadAddon(found.addon);
  }
  const { cuda, mps } = addon.describe();
  return { addon, device: device !== 'auto' ? (device as DeviceName) : cuda ? 'cuda' : mps ? 'mps' : 'cpu' };
}

/**
 * Makes PyTorch the backend. May be called again with other settings once all tensors are disposed.
 *
 * @throws Error when it cannot be loaded, lacks the device or the precision
 */
export async function startTorch(
  threads: number,
  { device = 'auto', precision = 'auto' }: Pick<EngineOptions, 'device' | 'precision'> = {},
): Promise<Engine> {
  const { addon: loaded, device: chosen } = loadTorch(device);
  loaded.configure(chosen, threads, false);
  if (!tf.findBackend('torch')) {
    tf.registerBackend('torch', () => new TorchBackend(loaded), 0);
    defineTorchKernels();
  }
  if (!(await tf.setBackend('torch'))) throw new Error('TensorFlow.js refused the backend');
  const bf16 = precision === 'bf16' || (precision === 'auto' && holdsInBf16(loaded, chosen, threads));
  loaded.configure(chosen, threads, bf16);
  const { version } = loaded.describe();
  return { name: 'torch', device: chosen, threads, version, precision: bf16 ? 'bf16' : 'f32' };
}
