/** What a segmentation is asked for, and what it works with. */
import type { Engine } from '../engine/engine.js';
import type { Method } from '../methods/method.js';
import type { Report } from '../progress.js';

/** Options that all methods have. */
export interface CommonOptions {
  /** Short side at which networks see a frame. */
  size: number;
  seed: number;
  /** Object ids to follow; all when left out. */
  objects?: number[];
}

/** What is written besides masks and record, and how masks are decided. */
export interface SegmentSettings {
  /** Probabilities above this are object. */
  threshold: number;
  overlays: boolean;
  overlayVideo: boolean;
  saveProbabilities: boolean;
  saveNetwork: boolean;
  /** Overlay of one middle frame after the first ten steps. */
  preview: boolean;
  /** A test network that is used in place of learning. */
  testNetwork?: string;
  /** Learn from the masks all the same, going on from the test network. */
  tuneTestNetwork?: boolean;
  /** Rescale masks of the same aspect. */
  fitMask: boolean;
  /** Overwrite what is in the output folder. */
  force: boolean;
  /** Resident memory and number of tensors after each frame go to this CSV file. */
  memoryLog?: string;
}

/** Masks and record only; the threshold is the method's. */
export const masksOnly: Omit<SegmentSettings, 'threshold'> = {
  overlays: false,
  overlayVideo: false,
  saveProbabilities: false,
  saveNetwork: false,
  preview: false,
  fitMask: false,
  force: false,
};

/** What of options and settings the written files depend on, for the record. */
export function recordedOptions<Options extends CommonOptions>(
  options: Options,
  settings: SegmentSettings,
): Record<string, unknown> {
  const {
    threshold,
    fitMask,
    testNetwork,
    tuneTestNetwork,
    overlays,
    overlayVideo,
    saveProbabilities,
    saveNetwork,
  } = settings;
  const written = { overlays, overlayVideo, saveProbabilities, saveNetwork };
  // the record has the seed beside the options
  return { ...options, seed: undefined, threshold, fitMask, testNetwork, tuneTestNetwork, ...written };
}

/** Where engine, method and weights come from; tests put their own in. */
export interface SegmentServices<Options extends CommonOptions> {
  method: { name: string; load(): Promise<Method<Options>> };
  startEngine(): Promise<Engine>;
  /** The tensor library, once the engine runs. */
  tensors(): Promise<{ version: string; count: () => number }>;
  /** Weight files that a run with these options starts from. Throws `weights-missing`. */
  weights(options: Options, testNetwork?: string): Promise<{ name: string; sha256: string }[]>;
  report: Report;
  /** Asks to stop after the current step or frame. */
  signal?: AbortSignal;
}
