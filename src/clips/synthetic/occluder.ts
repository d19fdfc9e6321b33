/** Poles that stand nearer to the camera than the creatures and pass in front of them. */
import type { Random } from '../../random.js';
import { mix, step } from './blend.js';
import type { Canvas } from './creature.js';
import { createNoise } from './noise.js';
import { sampleTile, wrap, type Tile } from './tile.js';

export interface Occluder {
  /** Middle of a pole at half height at frame 0, pixels; poles repeat every `spacing`. */
  x: number;
  spacing: number;
  /** Pixels per frame, to the left or right. */
  speed: number;
  /** Half its thickness, pixels. */
  half: number;
  /** Pixels to the side per pixel downwards. */
  slant: number;
  bark: Tile;
}

/** Bamboo-like: light, warm, with knots; not like any creature. */
const wood = { dark: [60, 56, 36], light: [206, 190, 118], knot: 0.5 } as const;

export function createBark(random: Random): Tile {
  return createNoise({ width: 32, height: 256, cellsAcross: 16, cellsDown: 8, octaves: 3 }, random);
}

/** Draws the poles over the canvas; what they cover is background. */
export function drawOccluder(canvas: Canvas, occluder: Occluder, frame: number): void {
  const { half, spacing, slant } = occluder;
  const grain = new Float32Array(1);
  const reach = half + 1;
  for (let y = 0; y < canvas.height; y++) {
    const middle = occluder.x + occluder.speed * frame + slant * (y - canvas.height / 2);
    // the poles whose middle lies in this row or just beside it
    for (let x0 = wrap(middle + reach, spacing) - reach; x0 < canvas.width + reach; x0 += spacing) {
      const right = Math.min(canvas.width - 1, Math.floor(x0 + reach));
      for (let x = Math.max(0, Math.ceil(x0 - reach)); x <= right; x++) {
        const across = (x - x0) / half;
        const covers = Math.min(1, Math.max(0, 0.5 + (1 - Math.abs(across)) * half));
        if (covers === 0) continue;
        sampleTile(occluder.bark, across * 14 + 16, y * 0.5, grain);
        const knot = wrap(y / (half * 9), 1);
        const ring = step(0, 0.04, knot) * (1 - step(0.96, 1, knot));
        const round = 1 - 0.75 * across * across - 0.2 * across;
        const tone = round * (0.55 + 0.7 * grain[0]) * mix(wood.knot, 1, ring);
        const pixel = y * canvas.width + x;
        for (let k = 0; k < 3; k++) {
          const colour = mix(wood.dark[k], wood.light[k], Math.min(1.2, tone));
          canvas.rgb[pixel * 3 + k] = mix(canvas.rgb[pixel * 3 + k], colour, covers);
        }
        if (covers >= 0.5) canvas.labels[pixel] = 0;
      }
    }
  }
}
