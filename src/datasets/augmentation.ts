import { VOID } from '../label-map.js';
import type { Random } from '../random.js';
import { MEAN_COLOUR, type Sample } from './sample.js';

/** Ranges of a random warp and of random light. */
export interface AugmentationOptions {
  /** Probability of a horizontal flip. */
  flip: number;
  /** Degrees to either side. */
  rotation: number;
  scale: readonly [low: number, high: number];
  /** Share of width and height, to either side. */
  shift: number;
  /** Factor of contrast, ± this share. */
  contrast: number;
  /** Brightness, ± of 255. */
  brightness: number;
  /** Factor of each channel, ± this share. */
  channels: number;
  /** Probability that saturation changes, between grey and 1.5 times. */
  saturation: number;
}

/** Warps as in the released code (± 30°, 0.75–1.25) but wider, with light; figures in docs/experiments.md. */
export const parentAugmentation: AugmentationOptions = {
  flip: 0.5,
  rotation: 30,
  scale: [0.75, 1.5],
  shift: 0.12,
  contrast: 0.2,
  brightness: 20,
  channels: 0.07,
  saturation: 0.3,
};

/** For fine-tuning on one frame: somewhat narrower. */
export const fineTuneAugmentation: AugmentationOptions = {
  ...parentAugmentation,
  rotation: 25,
  scale: [0.75, 1.4],
};

/** `[a, b, c, d, e, f]`: x' = a·x + b·y + c, y' = d·x + e·y + f. */
export type Affine = readonly [number, number, number, number, number, number];

/**
 * Forward map of a rotation by `degrees` and a scale about the centre (cx, cy), as OpenCV's getRotationMatrix2D
 * gives it, followed by a shift.
 */
export function rotationAndScale(
  degrees: number,
  scale: number,
  cx: number,
  cy: number,
  dx = 0,
  dy = 0,
): Affine {
  const a = scale * Math.cos((degrees * Math.PI) / 180);
  const b = scale * Math.sin((degrees * Math.PI) / 180);
  return [a, b, (1 - a) * cx - b * cy + dx, -b, a, b * cx + (1 - a) * cy + dy];
}

export function invert([a, b, c, d, e, f]: Affine): Affine {
  const det = a * e - b * d;
  return [e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det];
}

/** A random affine map, its draws in fixed order: flip, angle, scale, shift. */
export function drawAffine(
  random: Random,
  options: AugmentationOptions,
  width: number,
  height: number,
): Affine {
  const flipped = random.chance(options.flip);
  const angle = random.uniform(-options.rotation, options.rotation);
  const [low, high] = options.scale;
  const scale = low * (high / low) ** random.next();
  const dx = random.uniform(-options.shift, options.shift) * width;
  const dy = random.uniform(-options.shift, options.shift) * height;
  const [a, b, c, d, e, f] = rotationAndScale(angle, scale, (width - 1) / 2, (height - 1) / 2, dx, dy);
  // a flip first: x → width − 1 − x
  return flipped ? [-a, b, c + a * (width - 1), -d, e, f + d * (width - 1)] : [a, b, c, d, e, f];
}

export interface WarpOptions {
  /** Where in its pixel a label has its place, right of and below the centre; there it stays in any turn. */
  labelsAt?: number;
  /** What is seen outside of the picture: the mean colour, or the picture mirrored at its borders. */
  outside?: 'mean' | 'mirrored';
}

/**
 * Warps into a canvas: picture bilinear, labels nearest, outside is void. Labels are binary or ids before the warp, so
 * no in-between values arise.
 *
 * @param forward maps source pixels to pixels of the canvas
 * @param canvas size of the result; the sample's own when left out
 */
export function warp(
  sample: Sample,
  forward: Affine,
  canvas: { width: number; height: number } = sample,
  { labelsAt = 0, outside = 'mean' }: WarpOptions = {},
): Sample {
  const { width, height, rgb, labels } = sample;
  const [a, b, c, d, e, f] = invert(forward);
  const warped = new Uint8Array(3 * canvas.width * canvas.height);
  const warpedLabels = new Uint8Array(canvas.width * canvas.height);
  const right = (a + b - 1) * labelsAt;
  const below = (d + e - 1) * labelsAt;
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      let sx = a * x + b * y + c;
      let sy = d * x + e * y + f;
      const target = y * canvas.width + x;
      const shown = sx >= 0 && sy >= 0 && sx <= width - 1 && sy <= height - 1;
      if (!shown) {
        warpedLabels[target] = VOID;
        if (outside === 'mean') {
          for (let k = 0; k < 3; k++) warped[3 * target + k] = MEAN_COLOUR[k];
          continue;
        }
        sx = mirrored(sx, width - 1);
        sy = mirrored(sy, height - 1);
      }
      const x0 = Math.min(width - 2, Math.floor(sx));
      const y0 = Math.min(height - 2, Math.floor(sy));
      const u = sx - x0;
      const v = sy - y0;
      const p = 3 * (y0 * width + x0);
      const q = p + 3 * width;
      for (let k = 0; k < 3; k++) {
        const top = rgb[p + k] + u * (rgb[p + 3 + k] - rgb[p + k]);
        const bottom = rgb[q + k] + u * (rgb[q + 3 + k] - rgb[q + k]);
        warped[3 * target + k] = top + v * (bottom - top) + 0.5;
      }
      if (!shown) continue;
      const lx = Math.round(sx + right);
      const ly = Math.round(sy + below);
      const inside = lx >= 0 && ly >= 0 && lx < width && ly < height;
      warpedLabels[target] = inside ? labels[ly * width + lx] : VOID;
    }
  }
  return { width: canvas.width, height: canvas.height, rgb: warped, labels: warpedLabels };
}

/** A place on a line that goes back and forth between 0 and `end`. */
function mirrored(place: number, end: number): number {
  const along = Math.abs(place) % (2 * end);
  return along > end ? 2 * end - along : along;
}

/** New light: factors and a sum on channels, and how much colour is left. */
export interface Light {
  contrast: number;
  /** Of 255. */
  brightness: number;
  /** Factor of each channel. */
  cast: readonly number[];
  saturation: number;
}

/** Draws in fixed order. */
export function drawLight(random: Random, options: AugmentationOptions): Light {
  return {
    contrast: 1 + random.uniform(-options.contrast, options.contrast),
    brightness: random.uniform(-options.brightness, options.brightness),
    cast: [0, 1, 2].map(() => 1 + random.uniform(-options.channels, options.channels)),
    saturation: random.chance(options.saturation) ? random.uniform(0, 1.5) : 1,
  };
}

/** One light on top of another. */
export function bothLights(a: Light, b: Light): Light {
  return {
    contrast: a.contrast * b.contrast,
    brightness: a.brightness + b.brightness,
    cast: a.cast.map((factor, k) => factor * b.cast[k]),
    saturation: a.saturation * b.saturation,
  };
}

/** Changes a picture in place. */
export function applyLight(rgb: Uint8Array, { contrast, brightness, cast, saturation }: Light): void {
  const clamp = (value: number) => (value < 0 ? 0 : value > 255 ? 255 : value);
  const gains = cast.map((factor) => contrast * factor);
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = 0.299 * rgb[i] + 0.587 * rgb[i + 1] + 0.114 * rgb[i + 2]; // Rec. 601 luma
    for (let k = 0; k < 3; k++) {
      const saturated = grey + saturation * (rgb[i + k] - grey);
      rgb[i + k] = clamp((saturated - 128) * gains[k] + 128 + brightness);
    }
  }
}

/** Random contrast, brightness, colour cast and saturation, in place. Draws in fixed order. */
export function changeLight(rgb: Uint8Array, random: Random, options: AugmentationOptions): void {
  applyLight(rgb, drawLight(random, options));
}

/** A map followed by another: first `inner`, then `outer`. */
export function compose(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** Scales a picture so that it just fits into a canvas, centred. */
export function fitInto(
  from: { width: number; height: number },
  canvas: { width: number; height: number },
): Affine {
  const scale = Math.min(canvas.width / from.width, canvas.height / from.height);
  const offset = (target: number, source: number) => (target - 1 - scale * (source - 1)) / 2;
  return [scale, 0, offset(canvas.width, from.width), 0, scale, offset(canvas.height, from.height)];
}

/**
 * A randomly warped copy in new light, on a canvas, that still has object and background; after too many tries
 * the sample as it is, fitted into the canvas.
 */
export function augment(
  sample: Sample,
  random: Random,
  options: AugmentationOptions,
  canvas: { width: number; height: number } = sample,
): Sample {
  const maximalTries = 10;
  const fit = fitInto(sample, canvas);
  for (let attempt = 0; attempt < maximalTries; attempt++) {
    const warped = warp(
      sample,
      compose(drawAffine(random, options, canvas.width, canvas.height), fit),
      canvas,
    );
    if (!warped.labels.includes(1) || !warped.labels.includes(0)) continue;
    changeLight(warped.rgb, random, options);
    return warped;
  }
  return warp(sample, fit, canvas);
}
