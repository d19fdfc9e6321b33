/** What the water and the camera do to the picture: moving light, a little blur, grain. */
import type { Random } from '../../random.js';
import { step } from './blend.js';
import { createNoise } from './noise.js';
import { sampleTile, type Tile } from './tile.js';

/** Light everywhere, how much the caustics add, how dark the corners are, grey levels of grain. */
const AMBIENT = 0.97;
const CAUSTICS = 0.2;
const VIGNETTE = 0.22;
const GRAIN = 3;
/** Weight of each of the four neighbours in the blur of one pass along an axis. */
const BLUR = 0.16;
const GRAIN_SIZE = 4096;

export interface Light {
  net: Tile;
  /** Normal deviates; each row of each frame starts elsewhere in them. */
  grain: Float32Array;
}

export function createLight(random: Random): Light {
  const net = createNoise({ width: 256, height: 256, cellsAcross: 7, cellsDown: 7, octaves: 2 }, random);
  const grain = Float32Array.from({ length: GRAIN_SIZE }, () => random.normal() * GRAIN);
  return { net, grain };
}

/** Multiplies the light of a net of caustics (two noises that slide across each other) and of darker corners. */
export function shade(rgb: Float32Array, width: number, height: number, light: Light, frame: number): void {
  const a = new Float32Array(1);
  const b = new Float32Array(1);
  const unit = 300 / Math.sqrt(width * height); // the net's size follows the frame's
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / height - 0.5;
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / width - 0.5;
      sampleTile(light.net, x * unit + 0.9 * frame, y * unit + 0.3 * frame, a);
      sampleTile(light.net, y * unit * 1.1 + 0.6 * frame + 90, x * unit * 1.1 - 0.5 * frame + 40, b);
      // bright where the two noises are equal: thin curved lines
      const line = 1 - step(0, 0.16, Math.abs(a[0] - b[0]));
      const factor = (AMBIENT + CAUSTICS * line * line) * (1 - VIGNETTE * 2 * (u * u + v * v));
      const i = (y * width + x) * 3;
      rgb[i] *= factor;
      rgb[i + 1] *= factor;
      rgb[i + 2] *= factor;
    }
  }
}

/** Blurs a little, adds grain and rounds to bytes. */
export function develop(
  rgb: Float32Array,
  width: number,
  height: number,
  light: Light,
  random: Random,
): Uint8Array {
  const stride = width * 3;
  const blurred = new Float32Array(rgb.length);
  for (let y = 0; y < height; y++) {
    const up = y === 0 ? 0 : -stride;
    const down = y === height - 1 ? 0 : stride;
    for (let i = y * stride; i < (y + 1) * stride; i++) {
      blurred[i] = rgb[i] * (1 - 2 * BLUR) + (rgb[i + up] + rgb[i + down]) * BLUR;
    }
  }
  const bytes = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    const last = row + stride - 3;
    let g = random.integer(GRAIN_SIZE);
    for (let i = row; i < row + stride; i++) {
      const left = i >= row + 3 ? i - 3 : i;
      const right = i < last ? i + 3 : i;
      const value = blurred[i] * (1 - 2 * BLUR) + (blurred[left] + blurred[right]) * BLUR + light.grain[g];
      bytes[i] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      g = g + 1 === GRAIN_SIZE ? 0 : g + 1;
    }
  }
  return bytes;
}
