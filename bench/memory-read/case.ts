/** What all engines and the peer read: a query and frames of a memory, in one file. */
import { createRandom } from '../../src/random.js';
import { writeSafetensors } from '../../src/weights/safetensors.js';
import type { WeightTensor } from '../../src/weights/weights.js';

/** A frame of 480×854 as the networks see it. */
export const GRID = { height: 30, width: 54 };
export const CELLS = GRID.height * GRID.width;

/** Of keys: affinities are then about as sharp as a trained network's. */
const KEY_DEVIATION = 1.5;

/** Channels of keys and of values. */
export interface Widths {
  key: number;
  value: number;
}

/** How a memory is read: what the paper does, the kernel of Seong et al. (2020), the best cells alone. */
export const reads = {
  STM: {},
  KMN: { sigma: 7 },
  'top-20': { topK: 20 },
  'KMN, top-20': { sigma: 7, topK: 20 },
} as const satisfies Record<string, { sigma?: number; topK?: number }>;
export type ReadName = keyof typeof reads;
export const readNames = Object.keys(reads) as ReadName[];

/** Frame after frame, or all scores at once. */
export type Form = 'blockwise' | 'whole';

/** What a process tells of one read. */
export interface Measured {
  read: ReadName;
  form: Form;
  wallMs: number[];
  /** User and system time of all threads. */
  cpuMs: number[];
  /** Memory beside the query and the memory itself, at most; null where the system does not tell. */
  peakMb: number | null;
  /** Some of the numbers read, to be compared. */
  sample: number[];
}

export interface Measurement {
  /** Of the engine's library. */
  version: string;
  rows: Measured[];
}

/** Numbers of the result that are compared: every so many. */
export const SAMPLE_STEP = 997;

/** `query` `[cells, key]`, `keys` `[frames · cells, key]` and `values` `[frames · cells, value]`, normal numbers. */
export async function writeCase(file: string, { key, value }: Widths, frames: number): Promise<void> {
  const random = createRandom(1);
  const tensor = (rows: number, columns: number, deviation: number): WeightTensor => ({
    dtype: 'F32',
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, () => deviation * random.normal()),
  });
  const tensors = new Map([
    ['query', tensor(CELLS, key, KEY_DEVIATION)],
    ['keys', tensor(frames * CELLS, key, KEY_DEVIATION)],
    ['values', tensor(frames * CELLS, value, 1)],
  ]);
  const { height, width } = GRID;
  await writeSafetensors(file, tensors, { height: `${height}`, width: `${width}`, step: `${SAMPLE_STEP}` });
}
