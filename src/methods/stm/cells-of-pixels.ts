/** From pixels of a frame to cells of keys and values. */
import type { Size } from '../../clips/network-size.js';
import { MEMORY_STRIDE } from '../../networks/memory/memory-architecture.js';
import type { Box } from '../region.js';
import type { Padding } from './padding.js';

/** Share of a cell's pixels from which it belongs to those that are asked about. */
const COVERED = 0.5;

/** How a frame came to the network. */
export interface SeenPart {
  /** Size of the whole frame. */
  frame: Size;
  /** The part of it that the network sees. */
  place: Box;
  /** Size of that part as the network sees it, before padding. */
  size: Size;
  padding: Padding;
}

/**
 * Cells that some pixels cover by half or more, ascending; where they cover none so far the one that they cover most.
 * None where the network sees no such pixel.
 *
 * @param pixels `[height, width]` of the whole frame, not 0 where they are meant
 */
export function cellsOfPixels(pixels: Uint8Array, { frame, place, size, padding }: SeenPart): number[] {
  const columns = cellsAlong(place.width, size.width, padding.left);
  const rows = cellsAlong(place.height, size.height, padding.top);
  const width = padding.width / MEMORY_STRIDE;
  const count = (width * padding.height) / MEMORY_STRIDE;
  const [meant, all] = [new Uint32Array(count), new Uint32Array(count)];
  for (let y = 0; y < place.height; y++) {
    for (let x = 0; x < place.width; x++) {
      const cell = rows[y] * width + columns[x];
      all[cell]++;
      if (pixels[(place.y + y) * frame.width + place.x + x] !== 0) meant[cell]++;
    }
  }
  const cells = [...meant.keys()].filter((cell) => meant[cell] > 0);
  const covered = (cell: number) => meant[cell] / all[cell];
  const chosen = cells.filter((cell) => covered(cell) >= COVERED);
  if (chosen.length > 0 || cells.length === 0) return chosen;
  return [cells.reduce((best, cell) => (covered(cell) > covered(best) ? cell : best))];
}

/** Where the grid of cells lies in what the network sees of a frame, as shares of its sides. */
export function layoutOfCells({ size, padding }: Pick<SeenPart, 'size' | 'padding'>): Box {
  return {
    x: -padding.left / size.width,
    y: -padding.top / size.height,
    width: padding.width / size.width,
    height: padding.height / size.height,
  };
}

/** The cell's row or column for each pixel along a side. */
function cellsAlong(pixels: number, seen: number, before: number): Int32Array {
  return Int32Array.from({ length: pixels }, (_, i) =>
    Math.floor((before + ((i + 0.5) * seen) / pixels) / MEMORY_STRIDE),
  );
}
