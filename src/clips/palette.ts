/** Red, green, blue, 0–255 each. */
export type Colour = readonly [number, number, number];

/**
 * Colour of an object id in the palette of DAVIS and PASCAL VOC: the id's bits, three at a time, become the
 * highest bits of red, green and blue (VOC 2012 development kit, `VOClabelcolormap.m`).
 *
 * @example
 * paletteColour(3) // [128, 128, 0]
 */
export function paletteColour(id: number): Colour {
  let [red, green, blue] = [0, 0, 0];
  for (let bit = 7, rest = id; rest > 0; bit--, rest >>= 3) {
    red |= (rest & 1) << bit;
    green |= ((rest >> 1) & 1) << bit;
    blue |= ((rest >> 2) & 1) << bit;
  }
  return [red, green, blue];
}

/** The DAVIS palette, 256 colours by object id; 0 is black. */
export const davisPalette: readonly Colour[] = Array.from({ length: 256 }, (_, id) => paletteColour(id));

const ids = new Map(davisPalette.map((colour, id) => [packColour(...colour), id]));

/** `0xRRGGBB`. */
export function packColour(red: number, green: number, blue: number): number {
  return (red << 16) | (green << 8) | blue;
}

/** Red, green and blue of a packed colour. */
export function unpackColour(packed: number): Colour {
  return [packed >> 16, (packed >> 8) & 255, packed & 255];
}

/** Object id whose palette colour this is, `undefined` for colours outside the palette. */
export function paletteNumber(packed: number): number | undefined {
  return ids.get(packed);
}

/** `(128,0,0)`, as messages print colours. */
export function formatColour(packed: number): string {
  return `(${unpackColour(packed).join(',')})`;
}
