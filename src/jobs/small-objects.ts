/** Objects that are too small in what the network sees to keep their shape. */
import { formatSize } from '../frame.js';
import { countLabels, idsOf } from '../label-map.js';
import { sizeSeen, type Method } from '../methods/method.js';
import { regionOf, wholeRegion } from '../methods/region.js';
import type { GivenMask } from './segment-given-masks.js';
import type { CommonOptions } from './segment-options.js';

/** An object needs as many cells of the network's finest map as a square of so many on a side. */
const CELLS = 8;
/** Sizes that are worth naming: each gives the network another size. */
const SIZE_STEP = 16;

/**
 * One line for each object of each mask that covers fewer than 8×8 cells, with the remedy.
 *
 * @param finestStride pixels of what the network sees, on a side, for each cell
 */
export function describeSmallObjects(
  masks: readonly GivenMask[],
  options: CommonOptions,
  finestStride: number,
  method: Pick<Method<never>, 'networkSize' | 'regions'>,
): string[] {
  return masks.flatMap(({ frame, labels }) => {
    const seen = options.roi === 'auto' ? regionOf(labels) : wholeRegion(labels);
    const counts = countLabels(labels);
    const side = (id: number, size: number) => {
      const network = sizeSeen(method, labels, size);
      const share = (network.width * network.height) / (seen.width * seen.height);
      return Math.sqrt(counts[id] * share) / finestStride;
    };
    return idsOf(labels).flatMap((id) => {
      const cells = side(id, options.size);
      if (cells >= CELLS) return [];
      const size = smallestSize(options.size, Math.min(labels.width, labels.height), (s) => side(id, s));
      const remedies = [
        size === undefined ? '' : `--size ${size}`,
        options.roi === 'auto' || !method.regions ? '' : '--roi auto',
      ].filter((remedy) => remedy !== '');
      const network = formatSize(sizeSeen(method, labels, options.size));
      return [
        `object ${id} of frame ${frame} is small: as large as ${cells.toFixed(1)}×${cells.toFixed(1)} cells of what the ` +
          `network makes of ${network} pixels, and ${CELLS}×${CELLS} are needed to follow its shape` +
          (remedies.length > 0 ? `; use ${remedies.join(' or ')}` : ''),
      ];
    });
  });
}

/** The smallest size with which an object is large enough; none where the frame's own size is not. */
function smallestSize(from: number, shortSide: number, cells: (size: number) => number): number | undefined {
  for (
    let size = (Math.floor(from / SIZE_STEP) + 1) * SIZE_STEP;
    size < shortSide + SIZE_STEP;
    size += SIZE_STEP
  )
    if (cells(size) >= CELLS) return Math.min(size, shortSide);
  return undefined;
}
