/** Which TensorFlow.js backend runs, and on what. */
import { isSoftware } from './webgpu/adapter.js';

export const engineNames = ['torch', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type EngineName = (typeof engineNames)[number];

/** Whether an engine runs on one thread of the processor, whatever is asked for. */
export function hasOneThread(name: EngineName): boolean {
  return name === 'webgpu' || name === 'wasm' || name === 'cpu';
}

export const deviceNames = ['cpu', 'cuda', 'mps'] as const;
export type DeviceName = (typeof deviceNames)[number];

/** A graphics card on engine `webgpu`, with maker and driver; see `nameAdapter`. */
export type AdapterName = string & {};

/** Numbers that networks compute with; losses, optimizers and what is kept are float32 in both. */
export const precisionNames = ['f32', 'bf16'] as const;
export type Precision = (typeof precisionNames)[number];

/**
 * Whether the device computes in a memory of its own, of which nobody tells how much is free. Cards of engine `webgpu`
 * count as such, though some share the processor's.
 */
export function hasOwnMemory(device: Engine['device']): boolean {
  return device !== 'cpu' && device !== 'mps' && !isSoftware(device);
}

export interface EngineOptions {
  /** `auto` takes the fastest that works here, as measured. */
  engine: EngineName | 'auto';
  /**
   * Processor threads. When left out all cores, one where `CI` is set; on engine `torch` as many as other programs leave
   * cores to. Engines that cannot use them say so.
   */
  threads?: number;
  /** `auto` (the default) takes a card where the engine finds one; a card asked for that is not there is an error. */
  device?: 'auto' | DeviceName | AdapterName;
  /** `auto` (the default) takes bf16 where it is faster and a check at the start holds; engine `torch` only. */
  precision?: 'auto' | Precision;
}

/** A running engine. */
export interface Engine {
  name: EngineName;
  device: DeviceName | AdapterName;
  precision: Precision;
  threads: number;
  /** Of the native library, or of the npm package. */
  version: string;
}
