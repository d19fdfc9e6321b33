/** Frames with straight alpha: colours as they are, and beside them what is the object. */
import sharp from 'sharp';
import type { Frame } from '../../frame.js';
import type { LabelMap } from '../../label-map.js';
import { decodePng } from '../indexed-png.js';

export interface CutOut {
  width: number;
  height: number;
  /** `[height, width, 4]`; alpha is 0 or 255. */
  rgba: Uint8Array;
  /** Pixels of alpha 255. */
  opaque: number;
}

/**
 * Cuts objects out. Colours below alpha 255 are the frame's, never multiplied; below alpha 0 they are black, or the
 * frame's too with `keepGround`: a codec that loses something must not smear black into the object's edge.
 *
 * @param ids objects that are kept
 */
export function cutOut(
  { width, height, rgb }: Pick<Frame, 'width' | 'height' | 'rgb'>,
  labels: LabelMap,
  ids: readonly number[],
  keepGround: boolean,
): CutOut {
  const kept = new Uint8Array(256);
  for (const id of ids) kept[id] = 1;
  const rgba = new Uint8Array(width * height * 4);
  let opaque = 0;
  for (let i = 0; i < width * height; i++) {
    const inside = kept[labels.data[i]];
    if (!inside && !keepGround) continue;
    rgba[4 * i] = rgb[3 * i];
    rgba[4 * i + 1] = rgb[3 * i + 1];
    rgba[4 * i + 2] = rgb[3 * i + 2];
    if (!inside) continue;
    rgba[4 * i + 3] = 255;
    opaque++;
  }
  return { width, height, rgba, opaque };
}

/** RGBA PNG of 8 bits. `fast`: larger, where it is read only once. */
export async function encodeCutOut(
  { width, height, rgba }: CutOut,
  { fast = false } = {},
): Promise<Uint8Array> {
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } });
  return picture.png({ compressionLevel: fast ? 1 : 6, adaptiveFiltering: !fast }).toBuffer();
}

/** What is wrong with a cut-out that was read back, as another decoder sees it; undefined where all is well. */
export function faultOfCutOut(
  png: Uint8Array,
  frame: Pick<Frame, 'rgb'>,
  opaque: number,
): string | undefined {
  const { channels, depth, data } = decodePng(png);
  if (channels !== 4 || depth !== 8) return `it has ${channels} channels of ${depth} bits`;
  let found = 0;
  for (let i = 0; i < data.length / 4; i++) {
    const alpha = data[4 * i + 3];
    if (alpha === 0) continue;
    if (alpha !== 255) return `an alpha of ${alpha}`;
    found++;
    for (let c = 0; c < 3; c++) if (data[4 * i + c] !== frame.rgb[3 * i + c]) return 'a colour has changed';
  }
  return found === opaque ? undefined : `${found} opaque pixels instead of ${opaque}`;
}
