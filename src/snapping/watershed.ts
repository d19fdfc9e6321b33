/**
 * The finest regions of a contour map: one for each of its basins, as rising water would meet on the ridges.
 *
 * The flood goes by height: a pixel is reached at the greatest strength on the way to it, as the water stands when it
 * comes over. (A flood whose cost is the difference between neighbours puts the outlines on the flanks of the ridges.)
 * Lines between basins have no pixels of their own: every pixel belongs to a region, outlines are the cracks between.
 */
import { greatestStrength, type ContourMap } from './contour-map.js';
import type { Partition } from './partition.js';
import { createWorkspace, type Workspace } from './workspace.js';

/**
 * Heights are told apart in this many steps from 0 to the greatest: more than the 256 of a map that was kept as a
 * picture, few enough for a list of waiting pixels for each.
 */
const LEVELS = 1024;
/** Level of the rim around the frame, and label of it: never the lowest, never without a label. */
const RIM = LEVELS;
const RIM_LABEL = 2 ** 30;

/** The frame with a rim of one pixel, so that every pixel has eight neighbours. */
interface Terrain {
  width: number;
  height: number;
  /** Pixels from one row to the next. */
  stride: number;
  /** Height of each pixel, `RIM` on the rim. */
  levels: Uint16Array;
  /** 0 where no water is, `RIM_LABEL`, more than there are basins, on the rim. */
  labels: Int32Array;
}

/**
 * Basins start in the minima: plateaus (8-connectivity) without a lower neighbour. From there they grow to the four
 * neighbours of their pixels, so that no water comes through between two pixels of a line that touch at a corner.
 *
 * @returns one region where the map is the same all over
 * @throws OsvosError `not-a-number` where the map holds NaN or infinity
 */
export function floodBasins(contours: ContourMap, work: Workspace = createWorkspace()): Partition {
  const terrain = raise(contours, work);
  const basins = seedMinima(terrain, work);
  flood(terrain, work);
  return inReadingOrder(terrain, basins, work);
}

function raise(contours: ContourMap, work: Workspace): Terrain {
  const { width, height, data } = contours;
  const stride = width + 2;
  const size = stride * (height + 2);
  const levels = work.uint16('watershed.levels', size).fill(RIM);
  const labels = work.int32('watershed.labels', size).fill(RIM_LABEL);
  const greatest = greatestStrength(contours);
  const scale = greatest > 0 ? (LEVELS - 1) / greatest : 0;
  for (let y = 0, i = 0; y < height; y++) {
    const row = (y + 1) * stride + 1;
    labels.fill(0, row, row + width);
    for (let p = row; p < row + width; p++, i++) {
      levels[p] = data[i] > 0 ? data[i] * scale + 0.5 : 0; // rounded down on the way into the array
    }
  }
  return { width, height, stride, levels, labels };
}

/** Labels the minima, from 1 to their number. */
function seedMinima({ width, height, stride, levels, labels }: Terrain, work: Workspace): number {
  const around = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  const [a, b, c, d, e, f, g, h] = around;
  const above = work.uint8('watershed.above', levels.length).fill(0); // has a lower neighbour
  const plateau = work.int32('watershed.plateau', width * height);
  for (let y = 1; y <= height; y++) {
    for (let p = y * stride + 1, end = p + width; p < end; p++) {
      const level = levels[p];
      if (
        levels[p + d] < level ||
        levels[p + e] < level ||
        levels[p + b] < level ||
        levels[p + g] < level ||
        levels[p + a] < level ||
        levels[p + c] < level ||
        levels[p + f] < level ||
        levels[p + h] < level
      ) {
        above[p] = 1;
      }
    }
  }
  let basins = 0;
  for (let y = 1; y <= height; y++) {
    for (let p = y * stride + 1, end = p + width; p < end; p++) {
      if (above[p] !== 0 || labels[p] !== 0) continue;
      const level = levels[p];
      let lowest = true;
      let count = 1;
      basins++;
      plateau[0] = p;
      labels[p] = basins;
      for (let next = 0; next < count; next++) {
        for (let k = 0; k < 8; k++) {
          const q = plateau[next] + around[k];
          if (levels[q] !== level || labels[q] === basins) continue;
          if (above[q] !== 0) {
            lowest = false;
          } else {
            labels[q] = basins;
            plateau[count++] = q;
          }
        }
      }
      if (lowest) continue;
      // it runs off somewhere: none of it is a minimum
      basins--;
      for (let k = 0; k < count; k++) {
        labels[plateau[k]] = 0;
        above[plateau[k]] = 1;
      }
    }
  }
  return basins;
}

/**
 * Labels all other pixels, lowest first, of one level in the order in which the water came to them. Meanwhile a pixel
 * without a label holds its level as a negative number: levels and labels in one array are one place in memory to go to,
 * and this jumps all over the frame.
 */
function flood({ width, height, stride, levels, labels }: Terrain, work: Workspace): void {
  const next = work.int32('watershed.next', levels.length); // waiting pixels of a level, as a chain
  const first = work.int32('watershed.first', LEVELS).fill(-1);
  const last = work.int32('watershed.last', LEVELS);
  for (let y = 1; y <= height; y++) {
    for (let p = y * stride + 1, end = p + width; p < end; p++) {
      const level = levels[p];
      if (labels[p] === 0) {
        labels[p] = ~level;
        continue;
      }
      if (first[level] < 0) first[level] = p;
      else next[last[level]] = p;
      last[level] = p;
      next[p] = -1;
    }
  }
  const around = [-stride, -1, 1, stride];
  for (let level = 0; level < LEVELS; level++) {
    for (let p = first[level]; p >= 0; p = next[p]) {
      const label = labels[p];
      for (let k = 0; k < 4; k++) {
        const q = p + around[k];
        const own = ~labels[q];
        if (own < 0) continue;
        labels[q] = label;
        const reached = own > level ? own : level;
        if (reached === level || first[reached] >= 0) next[last[reached]] = q;
        else first[reached] = q;
        last[reached] = q;
        next[q] = -1;
      }
    }
  }
}

/**
 * Numbers the basins in reading order. Each is in one piece, also where parts of its minimum touch only at a corner: the
 * two other pixels at that corner are above the minimum, and no water from elsewhere is there before its own.
 */
function inReadingOrder(
  { width, height, stride, labels }: Terrain,
  basins: number,
  work: Workspace,
): Partition {
  const map = work.int32('watershed.map', width * height);
  const numbers = work.int32('watershed.numbers', basins + 1).fill(-1);
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let p = (y + 1) * stride + 1, end = p + width; p < end; p++, i++) {
      const label = labels[p];
      if (numbers[label] < 0) numbers[label] = count++;
      map[i] = numbers[label];
    }
  }
  return { width, height, count, map };
}
