/** Areas of objects → one label map. */
import type { AnnotatedImage } from '../clips/annotation-formats/annotations.js';
import { VOID, type LabelMap } from '../label-map.js';

/** Pixels that two objects claimed. */
export interface Overlap {
  /** Id that has them now, and the one that lost them. */
  over: number;
  under: number;
  pixels: number;
}

export interface DrawnMask {
  labels: LabelMap;
  overlaps: Overlap[];
}

/** Draws the areas one over the other, the last one on top; objects without an id are left out. */
export async function drawImage(image: AnnotatedImage, ids: ReadonlyMap<string, number>): Promise<DrawnMask> {
  const { width, height } = image;
  const data = new Uint8Array(width * height);
  const lost = new Map<number, Overlap>();
  for await (const { object, inside } of image.areas()) {
    const id = object === null ? VOID : ids.get(object);
    if (id === undefined) continue;
    for (let i = 0; i < data.length; i++) {
      if (inside[i] === 0) continue;
      const under = data[i];
      data[i] = id;
      if (under === 0 || under === id) continue;
      const key = 256 * id + under;
      const found = lost.get(key);
      if (found) found.pixels++;
      else lost.set(key, { over: id, under, pixels: 1 });
    }
  }
  return { labels: { width, height, data }, overlaps: [...lost.values()] };
}
