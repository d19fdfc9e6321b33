/** From pixels of a frame to cells of keys and values. */
import { MEMORY_STRIDE } from '../../networks/memory/memory-architecture.js';
import type { Padding } from './padding.js';

interface Size {
  width: number;
  height: number;
}

/** Share of a cell's pixels from which it belongs to those that are asked about. */
const COVERED = 0.5;

/**
 * Cells that some pixels cover by half or more, ascending; where they cover none so far the one that they cover most.
 *
 * @param pixels `[height, width]` of the frame, not 0 where they are meant
 * @param size the frame's before padding, as the network sees it
 */
export function cellsOfPixels(pixels: Uint8Array, frame: Size, size: Size, padding: Padding): number[] {
  const columns = cellsAlong(frame.width, size.width, padding.left);
  const rows = cellsAlong(frame.height, size.height, padding.top);
  const width = padding.width / MEMORY_STRIDE;
  const count = (width * padding.height) / MEMORY_STRIDE;
  const [meant, all] = [new Uint32Array(count), new Uint32Array(count)];
  for (let y = 0, i = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++, i++) {
      const cell = rows[y] * width + columns[x];
      all[cell]++;
      if (pixels[i] !== 0) meant[cell]++;
    }
  }
  const cells = [...meant.keys()].filter((cell) => meant[cell] > 0);
  const covered = (cell: number) => meant[cell] / all[cell];
  const chosen = cells.filter((cell) => covered(cell) >= COVERED);
  if (chosen.length > 0 || cells.length === 0) return chosen;
  return [cells.reduce((best, cell) => (covered(cell) > covered(best) ? cell : best))];
}

/** Where the grid of cells lies in the frame, pixels of the frame. */
export function areaOfCells(
  frame: Size,
  size: Size,
  padding: Padding,
): { left: number; top: number; width: number; height: number } {
  const [across, down] = [frame.width / size.width, frame.height / size.height];
  return {
    left: -padding.left * across,
    top: -padding.top * down,
    width: padding.width * across,
    height: padding.height * down,
  };
}

/** The cell's row or column for each pixel along a side. */
function cellsAlong(pixels: number, seen: number, before: number): Int32Array {
  return Int32Array.from({ length: pixels }, (_, i) =>
    Math.floor((before + ((i + 0.5) * seen) / pixels) / MEMORY_STRIDE),
  );
}
