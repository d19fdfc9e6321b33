/** Which TensorFlow.js backend runs, and on what. */
export const engineNames = ['tensorflow', 'wasm', 'cpu'] as const;
export type EngineName = (typeof engineNames)[number];

export interface EngineOptions {
  /** `auto` takes the fastest that works here. */
  engine: EngineName | 'auto';
  /** Processor threads; all cores when left out. Engines that cannot use them say so. */
  threads?: number;
  /** `auto` (the default) takes a CUDA card where the engine finds one; `cuda` without a card is an error. */
  device?: 'auto' | 'cpu' | 'cuda';
}

/** A running engine. */
export interface Engine {
  name: EngineName;
  device: 'cpu' | 'cuda';
  threads: number;
  /** Of the native library, or of the npm package. */
  version: string;
}
