/** A frame, and masks, as the network of a memory sees them. */
import * as tf from '@tensorflow/tfjs';
import { resizeLabels, resizePicture } from '../../clips/resize.js';
import { OsvosError } from '../../errors.js';
import { formatSize, type Frame } from '../../frame.js';
import { VOID, type LabelMap } from '../../label-map.js';
import { toInput } from '../../networks/input.js';
import { torchvisionInput } from '../../weights/trunk-inputs.js';
import type { FrameOrigin } from '../memory-use.js';
import type { Annotation } from '../method.js';
import { pad, paddingOf, reducedSize, type Padding } from './padding.js';

interface Size {
  width: number;
  height: number;
}

/** A frame as the network sees it. */
export interface SeenFrame {
  /** `[1, H, W, 3]`, normalised, padded. */
  picture: tf.Tensor4D;
  /** Before padding. */
  size: Size;
  padding: Padding;
  origin: FrameOrigin;
}

/** The picture is the caller's to dispose. @param short side that the network sees, pixels */
export async function seeFrame(frame: Frame, short: number): Promise<SeenFrame> {
  const size = reducedSize(frame, short);
  const padding = paddingOf(size);
  const rgb = pad(await resizePicture(frame.rgb, frame, size), size, padding, 3);
  const picture = toInput([rgb], padding.height, padding.width, torchvisionInput);
  const { x, y, width, height } = frame.cut ?? { ...frame, x: 0, y: 0 };
  return { picture, size, padding, origin: { index: frame.index, place: { x, y, width, height } } };
}

/** Masks of objects in an annotation, `[objects, H, W, 1]`, padded. Throws `mask-empty` where one vanishes at that size. */
export function masksOf({ frame, labels }: Annotation, ids: readonly number[], seen: SeenFrame): tf.Tensor4D {
  const { width, height } = seen.padding;
  const small = labelsAtSize(labels, frame, seen)!;
  const data = new Float32Array(ids.length * width * height);
  ids.forEach((id, n) => {
    let count = 0;
    small.forEach((label, i) => {
      if (label !== id) return;
      data[n * width * height + i] = 1;
      count++;
    });
    if (count > 0) return;
    const what = `object ${id} vanishes when the frame is reduced from ${formatSize(frame)} to ${formatSize(seen.size)}`;
    throw new OsvosError('mask-empty', what, `frame ${frame.name}`, 'use a larger --size');
  });
  return tf.tensor4d(data, [ids.length, height, width, 1]);
}

/** Labels at the network's size, padded, void being background. */
export function labelsAtSize(
  labels: LabelMap | undefined,
  frame: Size,
  { size, padding }: SeenFrame,
): Uint8Array | undefined {
  if (!labels) return undefined;
  const known = labels.data.map((label) => (label === VOID ? 0 : label));
  return pad(resizeLabels(known, frame, size), size, padding, 1);
}

/** Without the padding. */
export function cropped(
  map: tf.Tensor4D,
  { size, padding }: Pick<SeenFrame, 'size' | 'padding'>,
): tf.Tensor4D {
  return tf.slice(map, [0, padding.top, padding.left, 0], [-1, size.height, size.width, -1]);
}
