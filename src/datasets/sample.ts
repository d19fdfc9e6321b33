/** One picture with what is to be learnt from it. */
export interface Sample {
  width: number;
  height: number;
  /** `[height, width, 3]`, RGB, 0–255. */
  rgb: Uint8Array;
  /** `[height, width]`: 1 = object, 0 = background, 255 = void. */
  labels: Uint8Array;
}

/** Middle and size of an object, pixels. */
export interface CentredBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The box of label `id`; undefined where it is not in the picture. */
export function centredBoxOf({ labels, width }: Sample, id: number): CentredBox | undefined {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  labels.forEach((label, i) => {
    if (label !== id) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  if (right < left) return undefined;
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left + 1, height: bottom - top + 1 };
}

/** The mean of ImageNet's pixels, RGB 0–255: what lies outside a warped picture. */
export const MEAN_COLOUR = [123.68, 116.779, 103.939] as const;
