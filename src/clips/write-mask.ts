import type { LabelMap } from '../label-map.js';
import { writeFileAtomically } from './atomic-file.js';
import { encodeIndexedPng } from './indexed-png.js';

/** Writes a label map as indexed PNG with the DAVIS palette, whole or not at all. Throws `cannot-write` (exit 7). */
export async function writeMask(file: string, labels: LabelMap): Promise<void> {
  await writeFileAtomically(file, encodeIndexedPng(labels));
}
