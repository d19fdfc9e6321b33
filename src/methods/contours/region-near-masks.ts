/** Contours are looked for where masks are: far from them there is nothing to be snapped. */
import { VOID, type LabelMap } from '../../label-map.js';
import { boxOf, type Box } from '../region.js';

/** Beside the masks at least this share of their box, and this many pixels: superpixels there have to be whole, and the network wants surroundings. */
const MARGIN_SHARE = 0.25;
const MARGIN_PIXELS = 64;
/** A region of more than this share of the frame is all of it. */
const WHOLE_SHARE = 0.8;

/** The rectangle around all objects, strays apart; undefined where there is no object. */
export function regionNearMasks(labels: LabelMap): Box | undefined {
  const box = boxOf(labels, (label) => label > 0 && label !== VOID);
  if (!box) return undefined;
  const { width, height } = labels;
  const [left, right] = widened(box.x, box.width, width);
  const [top, bottom] = widened(box.y, box.height, height);
  const region = { x: left, y: top, width: right - left, height: bottom - top };
  return region.width * region.height > WHOLE_SHARE * width * height ? { x: 0, y: 0, width, height } : region;
}

function widened(from: number, length: number, end: number): [number, number] {
  const margin = Math.ceil(Math.max(MARGIN_PIXELS, MARGIN_SHARE * length));
  return [Math.max(0, from - margin), Math.min(end, from + length + margin)];
}

/** The part of `[height, width, channels]` inside a box. */
export function cutOut(data: Uint8Array, width: number, box: Box, channels: number): Uint8Array {
  const part = new Uint8Array(box.width * box.height * channels);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.y + y) * width + box.x) * channels;
    part.set(data.subarray(from, from + box.width * channels), y * box.width * channels);
  }
  return part;
}

/** Labels with those inside a box replaced. */
export function pasteLabels(labels: LabelMap, part: Uint8Array, box: Box): LabelMap {
  const data = labels.data.slice();
  for (let y = 0; y < box.height; y++) {
    data.set(part.subarray(y * box.width, (y + 1) * box.width), (box.y + y) * labels.width + box.x);
  }
  return { ...labels, data };
}
