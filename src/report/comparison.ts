/** What a comparison found: finished results only, as `scores.json` keeps them and the report shows them. */
import type { ErrorSplit } from '../scores/error-split.js';
import type { ObjectScores, ScoreName, Scores } from '../scores/evaluation.js';
import type { Protocol } from '../scores/protocols.js';

export interface Comparison {
  /** Of this shape. */
  version: 1;
  /** What was compared on: a split, or a clip. */
  set: string;
  /** `null` where there was nothing to score against. */
  protocol: Protocol | null;
  sequences: ComparedSequence[];
  methods: ComparedMethod[];
  /** Where nobody knows the truth: mean J between the masks of each two methods, `[method][method]`. */
  agreement?: (number | null)[][];
}

export interface ComparedSequence {
  name: string;
  /** All frames in order, and those that count. */
  frames: string[];
  scored: string[];
  /** Properties by their short names (`OCC`: occlusion), where the data set tells them. */
  attributes: string[];
}

/** One of several that differ in one thing: a value of an option, or the number of annotated frames. */
export interface Series {
  /** The variant as it was written, without that. */
  of: string;
  /** Name of the option, or `annotations`. */
  name: string;
  value: string;
}

export interface ComparedMethod {
  /** The variant as it was written, or the name of a reference. */
  label: string;
  /** A run of this program, masks of another one, or values that somebody published. */
  kind: 'run' | 'masks' | 'published';
  family?: 'online' | 'offline';
  series?: Series;
  /** Frames whose annotations were given besides the first, by sequence; of the first seed. */
  annotated?: Readonly<Record<string, readonly string[]>>;
  /** Mean over the seeds where there are several. */
  scores: Scores;
  /** Standard deviation over seeds (of a sample: divided by n − 1). */
  spread?: Scores;
  /** By `<sequence>_<id>`; of the first seed. */
  objects: Record<string, ObjectScores>;
  /** Kinds of wrong pixels, as shares of the frame: means over objects and seeds. Of published values nobody knows. */
  errors?: ErrorSplit;
  /** Of a run: seconds and memory as its records tell them. */
  cost?: MethodCost;
  /** Folders of masks, one for each seed, relative to the comparison. */
  folders: string[];
  warnings: string[];
  /** Of a run: what was asked for, and what answered, as its first record tells. */
  run?: RunDetails;
}

/** What it takes to run the same again. */
export interface RunDetails {
  /** Of `osvos segment`; none where masks were given that only the comparison could choose. */
  command?: string;
  /** Options with the defaults filled in. */
  options: Record<string, unknown>;
  seeds: number[];
  weights: { name: string; sha256: string }[];
  /** Name of what computed, its device and precision, and how many threads. */
  engine: string;
  versions: Record<string, string>;
  notes: string[];
}

/** Means over sequences and seeds. */
export interface MethodCost {
  /** Wall seconds that a sequence waited for each stage; what runs beside the network is not waited for. */
  stages: Record<string, number>;
  /** All stages but the engine's start. */
  secondsPerSequence: number;
  /**
   * Decoding, network, snapping and encoding of a frame; learning is left out, and the first frame of each sequence as
   * warm-up. `null` where no frame went through the network.
   */
  secondsPerFrame: number | null;
  peakMemoryMB: number;
  engine: string;
  device: string;
  precision?: string;
  threads: number;
}

/** Which value of a column is best: the lowest for decay, else the highest. */
export function bestOf(methods: readonly ComparedMethod[], name: ScoreName): number | undefined {
  const values = methods.map(({ scores }) => scores[name]).filter((value) => value !== null);
  if (values.length === 0) return undefined;
  return name.endsWith('Decay') ? Math.min(...values) : Math.max(...values);
}
