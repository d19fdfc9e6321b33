/** Contour maps to be scored: a folder of pictures, or what a network finds. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readGreyMap } from '../clips/grey-map.js';
import type { Bsds, BsdsImage } from '../datasets/bsds.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';

/** Gives the contour map of an image, `[height, width]`, 0–1. Never called twice at once. */
export type ContourMaps = (image: BsdsImage) => Promise<Float32Array | Float64Array>;

/**
 * Maps of a folder, `<id>.png` for each image. Throws one `contour-map` (exit 3) that names all that are missing; the
 * maps throw it where they cannot be read or have another size.
 */
export async function openMapFolder(folder: string, images: readonly BsdsImage[]): Promise<ContourMaps> {
  if (!existsSync(folder)) {
    throw new OsvosError('contour-map', 'there is no such folder of contour maps', folder);
  }
  const there = new Set(await readdir(folder));
  const missing = images.map(({ id }) => `${id}.png`).filter((file) => !there.has(file));
  if (missing.length === images.length) {
    const example = missing[0];
    const what = `none of the ${images.length} contour maps is in the folder`;
    throw new OsvosError('contour-map', what, folder, `maps are named like the images, such as ${example}`);
  }
  if (missing.length > 0) {
    const what = `${missing.length} of ${images.length} contour maps are missing`;
    throw new OsvosError('contour-map', what, missing.map((file) => path.join(folder, file)).join(', '));
  }
  return async (image) => {
    const file = path.join(folder, `${image.id}.png`);
    const map = await readGreyMap(file);
    if (map.width === image.width && map.height === image.height) return map.data;
    const what = `the contour map is ${formatSize(map)}, the image ${formatSize(image)}`;
    throw new OsvosError('contour-map', what, file, 'maps are scored at the size of the images');
  };
}

/**
 * What a contour network finds in the photographs, seen at `scales` times their size. The engine must run.
 * Throws `weights-missing`, `weights-unfit`.
 */
export async function openNetworkMaps(
  weights: string,
  scales: readonly number[],
  bsds: Bsds,
): Promise<{ maps: ContourMaps; close: () => void }> {
  // the tensor library is loaded only here: a folder of maps needs none
  const { loadContourNetwork } = await import('../methods/contours/contour-network.js');
  const { contourMap } = await import('../methods/contours/contour-map.js');
  const contours = await loadContourNetwork(weights);
  return {
    maps: async (image) => contourMap(contours, await bsds.photograph(image), scales),
    close: () => contours.network.dispose(),
  };
}
