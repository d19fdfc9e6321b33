/** The textured ground that the camera pans over: rippled sand with stones and corals; it tiles. */
import type { Random } from '../../random.js';
import { mix, step } from './blend.js';
import { contourAt, createShape, directionOf, type Limb } from './contour.js';
import { createNoise } from './noise.js';
import type { Colour } from './species.js';
import { createTile, wrap, type Tile } from './tile.js';

const sand: readonly [dark: Colour, light: Colour] = [
  [84, 128, 128],
  [226, 216, 168],
];

/** Stones and corals: body and highlight. Some come close to the creatures' colours. */
const growths: readonly (readonly [Colour, Colour])[] = [
  [
    [70, 84, 96],
    [150, 160, 164],
  ],
  [
    [92, 80, 74],
    [166, 150, 132],
  ],
  [
    [150, 62, 96],
    [232, 138, 160],
  ],
  [
    [86, 62, 128],
    [170, 140, 206],
  ],
  [
    [30, 104, 104],
    [110, 190, 170],
  ],
  [
    [166, 88, 40],
    [240, 180, 96],
  ],
  [
    [62, 92, 44],
    [146, 170, 86],
  ],
];

/** Stones and corals of the whole tile. */
const GROWTHS = 60;

/** Ground of a frame of `width × height`: a tile of twice its sides, `[2h, 2w, 3]`, 0–255. */
export function createSeabed(width: number, height: number, random: Random): Tile {
  const tile = createTile(2 * width, 2 * height, 3);
  const cellsAcross = Math.max(2, Math.round((4 * width) / height));
  const size = { width: tile.width, height: tile.height };
  const coarse = createNoise({ ...size, cellsAcross, cellsDown: 4, octaves: 6 }, random);
  const fine = createNoise({ ...size, cellsAcross: cellsAcross * 10, cellsDown: 40, octaves: 3 }, random);
  paintSand(tile, coarse, fine);
  const unit = Math.sqrt(width * height);
  // large ones first, so that small ones lie on top
  for (let i = 0; i < GROWTHS; i++) {
    const radius = unit * mix(0.12, 0.025, Math.sqrt(i / GROWTHS)) * random.uniform(0.7, 1.3);
    paintGrowth(tile, fine, random.uniform(0, tile.width), random.uniform(0, tile.height), radius, random);
  }
  return tile;
}

function paintSand(tile: Tile, coarse: Tile, fine: Tile): void {
  const waves = Math.round(26 * 2);
  for (let y = 0; y < tile.height; y++) {
    for (let x = 0; x < tile.width; x++) {
      const i = y * tile.width + x;
      const ripple = Math.sin((2 * Math.PI * waves * y) / tile.height + 22 * (coarse.data[i] - 0.5));
      const tone = coarse.data[i] + 0.07 * ripple + 0.5 * (fine.data[i] - 0.5);
      for (let k = 0; k < 3; k++) tile.data[i * 3 + k] = mix(sand[0][k], sand[1][k], tone);
    }
  }
}

/** One stone or coral with a soft shadow, lit from above left. */
function paintGrowth(tile: Tile, fine: Tile, x: number, y: number, radius: number, random: Random): void {
  const [dark, light] = growths[random.integer(growths.length)];
  const lobes = random.integer(4) * 3; // none: a stone; 3, 6 or 9: a coral with arms
  const limbs: Limb[] = Array.from({ length: lobes }, (_, i) => ({
    angle: (i * 2 * Math.PI) / lobes + random.uniform(-0.2, 0.2),
    length: random.uniform(0.3, 0.7),
    width: 1.2 / lobes,
    swing: 0,
    beat: 0,
    phase: 0,
  }));
  const contour = contourAt(
    createShape(0.12, 0.12, limbs, 0, random),
    0,
    radius / (1 + (lobes > 0 ? 0.4 : 0)),
  );
  const pits = random.uniform(0.15, 0.35);
  const reach = Math.ceil(contour.largest * 1.35);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const distance = Math.sqrt(dx * dx + dy * dy);
      const direction = directionOf(dx, dy);
      const rho = distance / contour.radius[direction];
      if (rho > 1.35) continue;
      const i = wrap(Math.floor(y) + dy, tile.height) * tile.width + wrap(Math.floor(x) + dx, tile.width);
      const covers = 1 - step(-0.7, 0.7, (distance - contour.radius[direction]) / contour.stretch[direction]);
      const shadow = 1 - 0.4 * (1 - step(0.9, 1.35, rho));
      const facing = distance > 0 ? (-0.6 * dx - 0.8 * dy) / distance : 0;
      const tone = 0.45 + 0.3 * facing * rho + 2.2 * pits * (fine.data[i] - 0.5) - 0.25 * step(0.8, 1, rho);
      for (let k = 0; k < 3; k++) {
        const ground = tile.data[i * 3 + k] * shadow;
        tile.data[i * 3 + k] = mix(ground, mix(dark[k], light[k], tone), covers);
      }
    }
  }
}
