import { replaceBorderColours } from './border-colours.js';
import { describeBlends, MOST_IDS } from './grey-mask.js';
import { formatColour, paletteNumber } from './palette.js';

const BLACK = 0;

export interface ColourLabels {
  /** `[height, width]` ids. */
  data: Uint8Array;
  notes: string[];
}

/**
 * Distinct colours → ids, black is background. Colours that all stand in the DAVIS palette keep their number there, others are
 * counted from 1 as they appear, row by row. Returns the reason in words where the colours are no labels.
 */
export function labelColours(
  colours: Uint32Array,
  width: number,
  height: number,
): ColourLabels | { refused: string } {
  const cleaned = replaceBorderColours(colours, width, height);
  const found = [...new Set(cleaned.colours)]; // a set keeps the order of appearance
  const objects = found.filter((colour) => colour !== BLACK);
  if (objects.length > MOST_IDS) return { refused: `${found.length} different colours` };
  if (objects.length === found.length) return { refused: 'no black background' };
  const numbers = objects.map(paletteNumber);
  const known = numbers.every((number) => number !== undefined);
  const ids = new Map(objects.map((colour, i) => [colour, known ? numbers[i]! : i + 1]));
  const notes = objects.length > 0 ? [`colours as ids: ${describeIds(ids)}`] : [];
  if (cleaned.replaced > 0) notes.unshift(describeBlends(cleaned.replaced, cleaned.pixels));
  return { data: Uint8Array.from(cleaned.colours, (colour) => ids.get(colour) ?? 0), notes };
}

function describeIds(ids: ReadonlyMap<number, number>): string {
  return [...ids]
    .sort((a, b) => a[1] - b[1])
    .map(([colour, id]) => `${formatColour(colour)} is ${id}`)
    .join(', ');
}
