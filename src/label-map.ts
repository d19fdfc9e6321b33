/** Which object each pixel belongs to, and how probabilities become that. */

/** Pixels with this label count neither for training nor for scores. */
export const VOID = 255;

export interface LabelMap {
  width: number;
  height: number;
  /** `[height, width]`: 0 = background, 1–254 = object id, 255 = ignore. */
  data: Uint8Array;
}

/** Probabilities of some objects, at the frame's own size. */
export interface Probabilities {
  /** Object ids in ascending order. */
  ids: number[];
  width: number;
  height: number;
  /** `[objects, height, width]`, 0–1. */
  data: Float32Array;
  /** `[height, width]`; only from methods that aggregate softly. */
  background?: Float32Array;
}

/** Object ids of a label map, ascending, without 0 and void. */
export function idsOf(labels: LabelMap): number[] {
  const seen = new Uint8Array(256);
  for (const id of labels.data) seen[id] = 1;
  const ids: number[] = [];
  for (let id = 1; id < VOID; id++) if (seen[id]) ids.push(id);
  return ids;
}

/** Pixels per label, `[256]`. */
export function countLabels(labels: LabelMap): Uint32Array {
  const counts = new Uint32Array(256);
  for (const id of labels.data) counts[id]++;
  return counts;
}

/**
 * Labels of all pixels: the object with the largest probability where that is above `background` (where the
 * method gives one) or `threshold`, else background; ties go to the lower id (Voigtlaender & Leibe 2017).
 */
export function labelsFromProbabilities(p: Probabilities, threshold: number): LabelMap {
  const pixels = p.width * p.height;
  const data = new Uint8Array(pixels);
  const order = p.ids.map((id, i) => ({ id, offset: i * pixels })).sort((a, b) => a.id - b.id);
  for (let i = 0; i < pixels; i++) {
    let best = p.background ? p.background[i] : threshold;
    for (const { id, offset } of order) {
      const value = p.data[offset + i];
      if (value > best) {
        best = value;
        data[i] = id;
      }
    }
  }
  return { width: p.width, height: p.height, data };
}
