/** A picture that repeats in both directions, so that a camera can pan over it for ever at constant memory. */
export interface Tile {
  width: number;
  height: number;
  channels: number;
  /** `[height, width, channels]`. */
  data: Float32Array;
}

export function createTile(width: number, height: number, channels: number): Tile {
  return { width, height, channels, data: new Float32Array(width * height * channels) };
}

/** Remainder that is never negative. */
export function wrap(value: number, period: number): number {
  const rest = value % period;
  return rest < 0 ? rest + period : rest;
}

/** Bilinear value of all channels at any point, written to `out` from `offset` on. */
export function sampleTile(tile: Tile, x: number, y: number, out: Float32Array, offset = 0): void {
  const { width, height, channels, data } = tile;
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const left = wrap(x0, width);
  const right = left + 1 === width ? 0 : left + 1;
  const top = wrap(y0, height);
  const bottom = top + 1 === height ? 0 : top + 1;
  const a = (top * width + left) * channels;
  const b = (top * width + right) * channels;
  const c = (bottom * width + left) * channels;
  const d = (bottom * width + right) * channels;
  for (let k = 0; k < channels; k++) {
    const above = data[a + k] + (data[b + k] - data[a + k]) * fx;
    const below = data[c + k] + (data[d + k] - data[c + k]) * fx;
    out[offset + k] = above + (below - above) * fy;
  }
}
