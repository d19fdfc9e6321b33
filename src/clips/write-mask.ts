import { encode } from 'fast-png';
import type { LabelMap } from '../label-map.js';
import { writeFileAtomically } from './atomic-file.js';
import { encodeIndexedPng } from './indexed-png.js';

/** What probability 1 is stored as. */
const FULL = 65535;

/**
 * Writes a label map as indexed PNG with the DAVIS palette, whole or not at all. Throws `cannot-write` (exit
 * 7).
 */
export async function writeMask(file: string, labels: LabelMap): Promise<void> {
  await writeFileAtomically(file, encodeIndexedPng(labels));
}

/**
 * Writes the probability map of one object, `[height, width]`, 0–1, as 16-bit grey PNG of 65535·p, whole or
 * not at all. Throws `cannot-write` (exit 7).
 */
export async function writeProbability(
  file: string,
  data: Float32Array,
  width: number,
  height: number,
): Promise<void> {
  const grey = Uint16Array.from(data, (p) => Math.round(FULL * Math.min(Math.max(p, 0), 1)));
  await writeFileAtomically(file, encode({ width, height, data: grey, depth: 16, channels: 1 }));
}

/** Writes `[height, width]`, 0–1, as 8-bit grey PNG, whole or not at all. Throws `cannot-write` (exit 7). */
export async function writeGrey(
  file: string,
  data: Float32Array,
  width: number,
  height: number,
): Promise<void> {
  const grey = Uint8Array.from(data, (p) => Math.round(255 * Math.min(Math.max(p, 0), 1)));
  await writeFileAtomically(file, encode({ width, height, data: grey, depth: 8, channels: 1 }));
}
