/** Contour accuracy written straight from its definition: a contour map, and a disk painted over the whole frame. */
import { contourTolerance } from '../../src/scores/contour.js';
import type { Mask } from '../../src/scores/region.js';

export function plainContourMap({ width, height, data }: Mask): boolean[][] {
  const at = (x: number, y: number) => data[y * width + x] !== 0;
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const neighbours = [
        [x + 1, y],
        [x, y + 1],
        [x + 1, y + 1],
      ].filter(([nx, ny]) => nx < width && ny < height);
      return neighbours.some(([nx, ny]) => at(nx, ny) !== at(x, y));
    }),
  );
}

export function plainContourAccuracy(a: Mask, b: Mask): number {
  const first = plainContourMap(a);
  const second = plainContourMap(b);
  const count = (map: boolean[][]) => map.flat().filter(Boolean).length;
  if (count(first) === 0 && count(second) === 0) return 1;
  if (count(first) === 0 || count(second) === 0) return 0;
  const radius = contourTolerance(a.width, a.height);
  const share = (map: boolean[][], dilated: boolean[][]) =>
    count(map.map((row, y) => row.map((set, x) => set && dilated[y][x]))) / count(map);
  const p = share(first, dilate(second, radius));
  const r = share(second, dilate(first, radius));
  return p + r === 0 ? 0 : (2 * p * r) / (p + r);
}

function dilate(map: boolean[][], radius: number): boolean[][] {
  const out = map.map((row) => row.map(() => false));
  map.forEach((row, y) =>
    row.forEach((set, x) => {
      if (!set) return;
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          const inside = out[y + dy]?.[x + dx] !== undefined;
          if (inside && dx * dx + dy * dy <= radius * radius) out[y + dy][x + dx] = true;
        }
      }
    }),
  );
  return out;
}
