/** Region similarity J, the Jaccard index of two masks (Perazzi et al. 2016, section 5.1). */

/** One object against everything else. */
export interface Mask {
  width: number;
  height: number;
  /** `[height, width]`: 0 = background, anything else = object. */
  data: Uint8Array;
}

/**
 * J = |prediction ∧ truth| / |prediction ∨ truth|, 0–1; two empty masks agree: J = 1.
 * Both masks have the same size.
 */
export function regionSimilarity(prediction: Mask, truth: Mask): number {
  const { data } = prediction;
  const { data: reference } = truth;
  let intersection = 0;
  let union = 0;
  for (let i = 0; i < data.length; i++) {
    const predicted = data[i];
    const real = reference[i];
    if ((predicted | real) === 0) continue;
    union++;
    if (predicted !== 0 && real !== 0) intersection++;
  }
  return union === 0 ? 1 : intersection / union;
}

/** A copy of the mask with the pixels of `ignored` (non-zero) set to background: they count for neither J nor F. */
export function withoutIgnored(mask: Mask, ignored: Mask): Mask {
  const data = mask.data.map((value, i) => (ignored.data[i] === 0 ? value : 0));
  return { width: mask.width, height: mask.height, data };
}
