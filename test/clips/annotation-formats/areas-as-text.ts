import type { AnnotatedImage } from '../../../src/clips/annotation-formats/annotations.js';

/** `[height, width]` as rows of `#` and `.`, to be compared with a drawing. */
export function rowsOf(inside: Uint8Array, width: number): string[] {
  return Array.from({ length: inside.length / width }, (_, y) =>
    Array.from(inside.subarray(y * width, (y + 1) * width), (value) => (value > 0 ? '#' : '.')).join(''),
  );
}

export function countInside(inside: Uint8Array): number {
  return inside.filter((value) => value > 0).length;
}

/** Object and rows of each area, in order. */
export async function areasOf(image: AnnotatedImage): Promise<[string | null, string[]][]> {
  const areas: [string | null, string[]][] = [];
  for await (const { object, inside } of image.areas()) areas.push([object, rowsOf(inside, image.width)]);
  return areas;
}

/** Object and number of pixels of each area, in order. */
export async function pixelsOf(image: AnnotatedImage): Promise<[string | null, number][]> {
  const areas: [string | null, number][] = [];
  for await (const { object, inside } of image.areas()) areas.push([object, countInside(inside)]);
  return areas;
}
