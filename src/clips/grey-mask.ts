import { VOID } from '../label-map.js';
import { replaceBorderColours, coloursWithInterior } from './border-colours.js';

/** Cut of soft edges: half of 255, rounded up. */
export const SOFT_CUT = 128;
const SOFT_EXTREMES = 0.95; // share of pixels at black and white that makes many values a soft edge
const LOSSY_EXTREME = 16; // how far JPEG may move black and white
const GREY = 0x010101; // a grey value times this is its packed colour
/** Grey masks with more values than this are no id masks. */
export const MOST_IDS = 20;

/** What the values of a picture mean: labels `[height, width]` and, in words, which form of mask it is. */
export interface Labelled {
  form: string;
  data: Uint8Array;
  notes: string[];
  /** Packed colour by id, where colours became ids. */
  colours?: ReadonlyMap<number, number>;
}

/** Why values are no labels. */
export interface Refused {
  refused: string;
}

/**
 * Grey values 0–255 → labels: black and white → 0 and 1; many values, nearly all black or white → cut at 128;
 * else ids, after blends along borders were given to their nearest id.
 */
export function labelGrey(
  values: Uint8Array,
  width: number,
  height: number,
  lossy: boolean,
): Labelled | Refused {
  const counts = new Uint32Array(256);
  for (const value of values) counts[value]++;
  const present = [...counts.keys()].filter((value) => counts[value] > 0);
  if (present.every((value) => value === 0 || value === 255)) {
    return { form: 'black and white', data: cut(values), notes: [] };
  }
  if ((lossy || present.length > MOST_IDS) && isSoft(counts, values.length, lossy))
    return cutSoft(values, counts);
  if (present.length <= MOST_IDS && !mayBeBlended(values, width, height, present)) {
    return { form: 'grey', data: values, notes: describeVoid(counts) };
  }
  const packed = Uint32Array.from(values, (value) => value * GREY);
  const { colours, replaced, pixels } = replaceBorderColours(packed, width, height);
  const data = Uint8Array.from(colours, (colour) => colour & 255);
  const kept = new Set(data);
  if (replaced > 0 && [...kept].every((value) => value === 0 || value === 255))
    return cutSoft(values, counts);
  if (kept.size > MOST_IDS) return { refused: `${kept.size} grey values` };
  const notes = replaced > 0 ? [describeBlends(replaced, pixels)] : [];
  return { form: 'grey', data, notes: [...notes, ...describeVoid(counts)] };
}

/** One line about colours that were taken for smooth edges. */
export function describeBlends(replaced: number, pixels: number): string {
  return `smooth edges: ${replaced} in-between colours (${pixels} pixels) that occur only along borders were given to the nearest real one`;
}

/**
 * Small numbers are ids as they stand; blends are looked for among larger ones, or where all that has an
 * inside is black or white.
 */
function mayBeBlended(
  values: Uint8Array,
  width: number,
  height: number,
  present: readonly number[],
): boolean {
  const highest = Math.max(...present.filter((value) => value !== VOID));
  if (highest > MOST_IDS) return true;
  if (!present.includes(VOID)) return false;
  const inside = coloursWithInterior(Uint32Array.from(values), width, height);
  return inside.has(VOID) && [...inside].every((value) => value === 0 || value === VOID);
}

/**
 * Black and white, both there, make up nearly all pixels, and the rest spreads over the bright half too (ids
 * do not).
 */
function isSoft(counts: Uint32Array, pixels: number, lossy: boolean): boolean {
  const reach = lossy ? LOSSY_EXTREME : 0;
  const black = counts.subarray(0, reach + 1).reduce((a, b) => a + b, 0);
  const white = counts.subarray(255 - reach).reduce((a, b) => a + b, 0);
  const bright = counts.subarray(SOFT_CUT, 255 - reach).reduce((a, b) => a + b, 0);
  return white > 0 && (lossy || bright > 0) && black + white >= SOFT_EXTREMES * pixels;
}

function cutSoft(values: Uint8Array, counts: Uint32Array): Labelled {
  const between = values.length - counts[0] - counts[255];
  const note = `soft edge: ${between} pixels between black and white were cut at ${SOFT_CUT}`;
  return { form: 'soft-edged grey', data: cut(values), notes: [note] };
}

function cut(values: Uint8Array): Uint8Array {
  return values.map((value) => (value >= SOFT_CUT ? 1 : 0));
}

/** Says that 255 beside ids is void. */
export function describeVoid(counts: Uint32Array): string[] {
  return counts[VOID] > 0 ? [`255 means "ignore": ${counts[VOID]} pixels count for nothing`] : [];
}
