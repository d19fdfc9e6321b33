/** A WebGPU adapter for tests: SwiftShader of the system's Chromium, which computes on the processor. */
import { existsSync } from 'node:fs';
import { findWebgpuPackage } from '../../../src/engine/webgpu/package.js';

/** Where Linux distributions put Chromium, with the description of its Vulkan driver. */
const DRIVERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'].map(
  (folder) => `${folder}/vk_swiftshader_icd.json`,
);

/** Chromium has a loader of its own, which nobody else finds. */
const LOADERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map(
  (folder) => `${folder}/libvulkan.so.1`,
);

/**
 * Points Vulkan to SwiftShader, unless `VK_ICD_FILENAMES` points elsewhere. To be called before the engine is loaded.
 *
 * @returns what is missing; undefined when the engine has to start. Outside of Linux that is the machine's own card
 */
export function useSwiftShader(): string | undefined {
  const found = findWebgpuPackage();
  if ('why' in found) return `${found.why} (node scripts/setup.mjs --engine webgpu)`;
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES) return undefined;
  const driver = DRIVERS.find((file) => existsSync(file));
  if (driver === undefined) return 'no Chromium with SwiftShader is installed (apt-get install chromium)';
  if (!LOADERS.some((file) => existsSync(file)))
    return 'no Vulkan loader is installed (apt-get install libvulkan1)';
  process.env.VK_ICD_FILENAMES = driver;
  return undefined;
}
