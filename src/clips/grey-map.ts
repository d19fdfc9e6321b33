import { readFile } from 'node:fs/promises';
import { OsvosError } from '../errors.js';
import { decodePng } from './indexed-png.js';

/** Grey values as shares of white. */
export interface GreyMap {
  width: number;
  height: number;
  /** `[height, width]`, 0–1. Doubles: in single precision 85/255 would lie above 1/3. */
  data: Float64Array;
}

/** Reads a grey PNG of any depth as values from 0 (black) to 1 (white). Throws `contour-map` (exit 3). */
export async function readGreyMap(file: string): Promise<GreyMap> {
  try {
    const png = decodePng(await readFile(file));
    if (png.palette || png.channels > 2) throw new Error(png.palette ? 'it has a palette' : 'it has colours');
    const white = 2 ** png.depth - 1;
    const data = new Float64Array(png.width * png.height);
    for (let i = 0; i < data.length; i++) data[i] = png.data[i * png.channels] / white; // alpha is left out
    return { width: png.width, height: png.height, data };
  } catch (error) {
    const what = `not a readable grey PNG (${(error as Error).message})`;
    throw new OsvosError('contour-map', what, file, 'save it as 8- or 16-bit grey PNG', { cause: error });
  }
}
