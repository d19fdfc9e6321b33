import { replaceBorderColours } from './border-colours.js';
import { describeBlends, MOST_IDS, type Labelled, type Refused } from './grey-mask.js';
import { formatColour, paletteNumber } from './palette.js';

const BLACK = 0;
/** Reason of refusal: nothing says what is background. */
export const NO_BACKGROUND = 'no black background';

/**
 * Distinct colours → ids, black is background. Colours that all stand in the DAVIS palette keep their number
 * there, others are counted from 1 as they appear, row by row. Refuses more than 20 of them, and masks
 * without black.
 */
export function labelColours(colours: Uint32Array, width: number, height: number): Labelled | Refused {
  const cleaned = replaceBorderColours(colours, width, height);
  const found = [...new Set(cleaned.colours)]; // a set keeps the order of appearance
  const objects = found.filter((colour) => colour !== BLACK);
  if (objects.length > MOST_IDS) return { refused: `${found.length} different colours` };
  if (objects.length === found.length) return { refused: NO_BACKGROUND };
  const known = objects.every((colour) => paletteNumber(colour) !== undefined);
  const ids = new Map(objects.map((colour, i) => [colour, (known && paletteNumber(colour)) || i + 1]));
  const notes = objects.length > 0 ? [`colours as ids: ${describeIds(ids)}`] : [];
  if (cleaned.replaced > 0) notes.unshift(describeBlends(cleaned.replaced, cleaned.pixels));
  return {
    form: 'RGB',
    data: Uint8Array.from(cleaned.colours, (colour) => ids.get(colour) ?? 0),
    notes,
    colours: new Map([...ids].map(([colour, id]) => [id, colour])),
  };
}

function describeIds(ids: ReadonlyMap<number, number>): string {
  return [...ids]
    .sort((a, b) => a[1] - b[1])
    .map(([colour, id]) => `${formatColour(colour)} is ${id}`)
    .join(', ');
}
