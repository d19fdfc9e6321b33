/** The `webgpu` engine: graphics cards of any maker, by Dawn on Vulkan, Metal or Direct3D 12. */
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.js';
import { isSoftware, nameAdapter, neededDriver } from './adapter.js';
import { createBackend } from './backend.js';
import { loadDawn, type Adapter } from './dawn.js';
import { findWebgpuPackage } from './package.js';

/** What the backend's shaders may use: as much as there is. Dawn gives the least that WebGPU promises where nobody asks. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** JavaScript that hands out work; the card has threads of its own. */
const THREADS = 1;

/** The card that the backend of this process computes on. */
let device: string | undefined;

/**
 * Makes the card the backend. Its numbers can be read by `await tensor.data()` only.
 *
 * @param software whether an adapter that computes on the processor will do
 * @throws Error when the packages are missing or do not load, or no card is there
 */
export async function startWebgpu({ software }: { software: boolean }): Promise<Engine> {
  const found = findWebgpuPackage();
  if ('why' in found) throw new Error(found.why);
  if (device === undefined) {
    const dawn = await loadDawn(found);
    const adapter = await dawn.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error(`no graphics card answers: it needs ${neededDriver()}`);
    const { info } = adapter;
    const name = nameAdapter(info);
    requireCard(name, software);
    const opened = await open(adapter);
    // a process that ends while the card still works crashes in the driver
    process.once('exit', () => opened.destroy());
    tf.registerBackend('webgpu', () => createBackend(dawn, opened, info), 0);
    device = name;
  }
  requireCard(device, software);
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js refused the backend');
  return { name: 'webgpu', device, threads: THREADS, version: found.version, precision: 'f32' };
}

function requireCard(name: string, software: boolean): void {
  if (software || !isSoftware(name)) return;
  throw new Error(
    `no graphics card answers but ${name}, which computes on the processor; it needs ${neededDriver()}`,
  );
}

function open(adapter: Adapter): ReturnType<Adapter['requestDevice']> {
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  return adapter.requestDevice({ requiredLimits });
}
