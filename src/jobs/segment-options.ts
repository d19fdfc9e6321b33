/** What a segmentation is asked for, and what it works with. */
import type { Engine, EngineOptions } from '../engine/engine.js';
import type { Method } from '../methods/method.js';
import type { SnapSettings } from '../methods/contours/snap-settings.js';
import type { RegionUse } from '../methods/region-uses.js';
import type { Report } from '../progress.js';
import type { Machine } from './machine.js';
import { describeMemoryView, type MemoryView } from './memory-view.js';
import type { UsedEngine } from './same-engine.js';

/** Options that all methods have. */
export interface CommonOptions {
  /** Short side at which networks see a frame. */
  size: number;
  seed: number;
  /** Object ids to follow; all when left out. */
  objects?: number[];
  /** See a region around the objects, enlarged, in the place of the whole frame. */
  roi?: RegionUse;
}

/** Which pieces of an object's mask are kept: all, those near to where the object was, only the largest. */
export const keepRules = ['all', 'near', 'largest'] as const;
export type KeepRule = (typeof keepRules)[number];

/** What is written besides masks and record, and how masks are decided. */
export interface SegmentSettings {
  /** Probabilities above this are object. */
  threshold: number;
  /** Pieces that are not kept go to the next object that is probable enough there, or to the background. */
  keep: KeepRule;
  /** Where outlines are moved to; not at all where left out. */
  snap?: SnapSettings;
  overlays: boolean;
  overlayVideo: boolean;
  saveProbabilities: boolean;
  saveNetwork: boolean;
  /** Which pixels the memory is looked at for; not at all where left out. */
  vizMemory?: MemoryView;
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
  /** Start although the memory that is free does not seem enough. */
  ignoreMemoryLimit: boolean;
  /** Resident memory and number of tensors after each frame go to this CSV file. */
  memoryLog?: string;
}

/** Masks and record only; the threshold is the method's. */
export const masksOnly: Omit<SegmentSettings, 'threshold'> = {
  keep: 'all',
  overlays: false,
  overlayVideo: false,
  saveProbabilities: false,
  saveNetwork: false,
  preview: false,
  fitMask: false,
  force: false,
  ignoreMemoryLimit: false,
};

/** Whether the masks are learnt from: not where a test network is used as it is. */
export function learnsFromMasks({ testNetwork, tuneTestNetwork }: SegmentSettings): boolean {
  return testNetwork === undefined || tuneTestNetwork === true;
}

/** What of options and settings the written files depend on, for the record. */
export function recordedOptions<Options extends CommonOptions>(
  options: Options,
  settings: SegmentSettings,
): Record<string, unknown> {
  const { threshold, keep, snap, fitMask, testNetwork, tuneTestNetwork } = settings;
  const { overlays, overlayVideo, saveProbabilities, saveNetwork } = settings;
  const vizMemory = settings.vizMemory && describeMemoryView(settings.vizMemory);
  const written = { overlays, overlayVideo, saveProbabilities, saveNetwork, vizMemory };
  // the record has the seed beside the options
  // and no word of keeping all, as records that were made before there was a choice
  const kept = keep === 'all' ? undefined : keep;
  const networks = { testNetwork, tuneTestNetwork };
  return { ...options, seed: undefined, threshold, keep: kept, snap, fitMask, ...networks, ...written };
}

/** Where engine, method and weights come from; tests put their own in. */
export interface SegmentServices<Options extends CommonOptions> {
  method: Pick<Method<Options>, 'name' | 'networkSize'> & { load(): Promise<Method<Options>> };
  /** What `startEngine` was asked for. */
  engine: EngineOptions;
  /** Once, however often it is called; `former`: the run that goes on, whose engine is taken where none is named. */
  startEngine(former?: UsedEngine): Promise<Engine>;
  /** The tensor library, once the engine runs. */
  tensors(): Promise<{ version: string; count: () => number }>;
  /** Weight files that a run with these options starts from. Throws `weights-missing`. */
  weights(
    options: Options,
    settings: Pick<SegmentSettings, 'testNetwork' | 'snap'>,
  ): Promise<{ name: string; sha256: string }[]>;
  /** What the machine has to give. */
  machine: Machine;
  report: Report;
  /** Asks to stop after the current step or frame. */
  signal?: AbortSignal;
}
