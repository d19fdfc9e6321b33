/** Which part of a frame to look at: a rectangle of the frame's aspect around the objects. */
import { VOID, type LabelMap } from '../label-map.js';

/** Pixels of a frame, edges may lie between pixels; all inside the frame. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Size {
  width: number;
  height: number;
}

/** A region is as many times as long as the objects' box: room for motion, and for surroundings to learn from. */
const MARGIN = 2.5;
/** A region's sides are at least this share of the frame's: more than fourfold enlargement shows no more. */
const SMALLEST_SHARE = 1 / 4;
/** Share of an object's pixels that may lie outside of its box on each side: strays must not draw the region to them. */
const STRAY_SHARE = 0.01;

/** All of a frame. */
export function wholeRegion({ width, height }: Size): Box {
  return { x: 0, y: 0, width, height };
}

/** The region around all objects of a label map; the whole frame where there is none. */
export function regionOf(labels: LabelMap): Box {
  const box = boxOf(labels, (label) => label > 0 && label !== VOID);
  return box ? regionAround(box, labels) : wholeRegion(labels);
}

/**
 * The rectangle of the frame's aspect around a box, moved into the frame where it reaches beyond.
 *
 * @param margin how many times as long as the box
 * @param smallest share of the frame's sides that the region's have at least
 */
export function regionAround(box: Box, frame: Size, margin = MARGIN, smallest: number = SMALLEST_SHARE): Box {
  const wanted = margin * Math.max(box.width / frame.width, box.height / frame.height);
  const share = Math.min(1, Math.max(smallest, wanted));
  // whole pixels, so that what is cut out is what is pasted back
  const width = Math.round(share * frame.width);
  const height = Math.round(share * frame.height);
  const place = (centre: number, length: number, end: number) =>
    Math.min(Math.max(0, Math.round(centre - length / 2)), end - length);
  return {
    x: place(box.x + box.width / 2, width, frame.width),
    y: place(box.y + box.height / 2, height, frame.height),
    width,
    height,
  };
}

/** The box of the pixels that belong, but for the outermost hundredth on each side; undefined where none does. */
export function boxOf(
  { width, height, data }: LabelMap,
  belongs: (label: number) => boolean,
): Box | undefined {
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  let total = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!belongs(data[i])) continue;
      columns[x]++;
      rows[y]++;
      total++;
    }
  }
  if (total === 0) return undefined;
  const [left, right] = extent(columns, total);
  const [top, bottom] = extent(rows, total);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** First place, and the one after the last, between which all but the strays lie. */
function extent(counts: Float64Array, total: number): [number, number] {
  const stray = STRAY_SHARE * total;
  let first = 0;
  for (let sum = counts[0]; sum <= stray; sum += counts[first]) first++;
  let last = counts.length - 1;
  for (let sum = counts[last]; sum <= stray; sum += counts[last]) last--;
  return [first, last + 1];
}

/** The smallest box around some. */
export function hull(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

/** `share` of the way from one box to another. */
export function between(from: Box, to: Box, share: number): Box {
  const mix = (a: number, b: number) => a + share * (b - a);
  return {
    x: mix(from.x, to.x),
    y: mix(from.y, to.y),
    width: mix(from.width, to.width),
    height: mix(from.height, to.height),
  };
}
