/** Dawn, the WebGPU of Chromium, and TensorFlow.js's backend on it; what is used of them has no types of its own here. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs';
import type { AdapterInfo } from './adapter.js';
import type { WebgpuPackage } from './package.js';

type Limits = Record<string, number>;

export interface Adapter {
  info: AdapterInfo;
  limits: Limits;
  requestDevice(wanted: { requiredLimits: Limits }): Promise<Device>;
}

interface UncapturedError {
  error: Error;
  preventDefault(): void;
}

export interface Device {
  lost: Promise<{ reason: string; message: string }>;
  /** Ends all work on it. */
  destroy(): void;
  addEventListener(type: 'uncapturederror', listener: (event: UncapturedError) => void): void;
}

interface Gpu {
  requestAdapter(wanted: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

/** The backend's class, as far as it is used. */
export type WebgpuBackendClass = new (
  device: Device,
  info: AdapterInfo,
) => tf.KernelBackend & {
  tensorMap: { get(id: tf.DataId): { values: unknown } };
};

export interface Dawn {
  gpu: Gpu;
  WebGPUBackend: WebgpuBackendClass;
}

let loaded: Dawn | undefined;

/** Loads Dawn into this process, once. Throws where its library does not fit the system. */
export async function loadDawn({ folder }: WebgpuPackage): Promise<Dawn> {
  if (loaded) return loaded;
  // registers its kernels; its backend only where it sees `navigator.gpu`, hence before Dawn
  const { WebGPUBackend } = createRequire(path.join(folder, 'package.json'))(
    '@tensorflow/tfjs-backend-webgpu',
  ) as Pick<Dawn, 'WebGPUBackend'>;
  const entry = path.join(folder, 'node_modules', 'webgpu', 'index.js');
  const { create, globals } = (await import(pathToFileURL(entry).href)) as {
    create: (options: string[]) => Gpu;
    globals: object;
  };
  const gpu = create([]);
  Object.assign(globalThis, globals);
  // Node.js has a navigator from version 21 on, which cannot be assigned to
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true });
  loaded = { gpu, WebGPUBackend };
  return loaded;
}
