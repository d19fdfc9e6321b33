/** Contours are looked for where masks are: far from them there is nothing to be snapped. */
import { VOID, type LabelMap } from '../../label-map.js';
import { boxOf, type Box } from '../region.js';

/** What a region has beside the masks on each side: superpixels there have to be whole, and the network wants surroundings. */
export interface Margin {
  /** Of the length of the masks' box. */
  share: number;
  /** At least. */
  pixels: number;
}

const MARGIN: Margin = { share: 0.25, pixels: 64 };
/** A region of more than this share of the frame is all of it. */
const WHOLE_SHARE = 0.8;

/** The rectangle around all objects, strays apart; undefined where there is no object. */
export function regionNearMasks(labels: LabelMap, margin = MARGIN): Box | undefined {
  const box = boxOf(labels, (label) => label > 0 && label !== VOID);
  if (!box) return undefined;
  const { width, height } = labels;
  const [left, right] = widened(box.x, box.width, width, margin);
  const [top, bottom] = widened(box.y, box.height, height, margin);
  const region = { x: left, y: top, width: right - left, height: bottom - top };
  return region.width * region.height > WHOLE_SHARE * width * height ? { x: 0, y: 0, width, height } : region;
}

function widened(from: number, length: number, end: number, margin: Margin): [number, number] {
  const beside = Math.ceil(Math.max(margin.pixels, margin.share * length));
  return [Math.max(0, from - beside), Math.min(end, from + length + beside)];
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
