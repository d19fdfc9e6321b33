/** The texture that a creature carries with it. */
import type { Random } from '../../random.js';
import { mix, step } from './blend.js';
import { createNoise } from './noise.js';
import type { Palette, Pattern } from './species.js';
import { createTile, type Tile } from './tile.js';

/** Texture pixels per side; the mean body's diameter takes half of it. */
export const SKIN_SIZE = 256;
const BODY_RADIUS = SKIN_SIZE / 4;
/** Where a turtle's eyes are, in radii of its mean body. */
const EYES = { along: 1.46, aside: 0.17, radius: 0.065 };

/** Texture of a creature seen from above, centred, heading to the right; `[size, size, 3]`, 0–255. */
export function createSkin(pattern: Pattern, palette: Palette, random: Random): Tile {
  const skin = createTile(SKIN_SIZE, SKIN_SIZE, 3);
  const noise = createNoise(
    { width: SKIN_SIZE, height: SKIN_SIZE, cellsAcross: 8, cellsDown: 8, octaves: 4 },
    random,
  );
  const strength = patternStrength(pattern, random);
  for (let y = 0; y < SKIN_SIZE; y++) {
    for (let x = 0; x < SKIN_SIZE; x++) {
      const i = y * SKIN_SIZE + x;
      const u = (x + 0.5 - SKIN_SIZE / 2) / BODY_RADIUS;
      const v = (y + 0.5 - SKIN_SIZE / 2) / BODY_RADIUS;
      const grain = noise.data[i] - 0.5;
      const { main, dark } = strength(u + grain * 0.18, v + grain * 0.18);
      const light = 1 + 0.75 * grain;
      for (let k = 0; k < 3; k++) {
        const base = mix(palette.second[k], palette.main[k], main);
        skin.data[i * 3 + k] = mix(base, palette.dark[k], dark) * light;
      }
    }
  }
  return skin;
}

type Point = readonly [u: number, v: number];

/** How much of the main and of the dark colour a point of the body shows, each 0–1; the mean body has radius 1. */
type Strength = (u: number, v: number) => { main: number; dark: number };

function patternStrength(pattern: Pattern, random: Random): Strength {
  if (pattern === 'plates') return plates(random);
  if (pattern === 'stripes') return stripes(random);
  return spots(random);
}

/** A shell of plates with dark seams (cellular noise, Worley 1996) inside a rim; limbs are freckled. */
function plates(random: Random): Strength {
  const centres = ring(0, 0, 1, 0).concat(
    ring(0.52, 0.42, 6, random.uniform(-0.2, 0.2)),
    ring(0.98, 0.8, 11, random.uniform(-0.2, 0.2)),
  );
  const tones = centres.map(() => random.uniform(0.5, 1));
  const freckles = spots(random);
  return (u, v) => {
    const rim = Math.hypot(u / 1.06, v / 0.84);
    const { main, dark } = freckles(u, v);
    const [nearest, first, second] = twoNearest(centres, u, v);
    const seam = 1 - step(0.04, 0.12, second - first);
    const shell = 1 - step(0.97, 1.03, rim);
    const edge = step(0.82, 0.9, rim) * shell * 0.75;
    return {
      main: mix(0.3 + 0.6 * main, tones[nearest], shell),
      dark: Math.max(eyes(u, v), mix(0.2 + 0.6 * Math.max(dark, main * 0.5), 0.85 * seam, shell), edge),
    };
  };
}

/** Two dark dots on the head. */
function eyes(u: number, v: number): number {
  const distance = Math.sqrt((u - EYES.along) ** 2 + (Math.abs(v) - EYES.aside) ** 2);
  return 1 - step(EYES.radius * 0.7, EYES.radius * 1.2, distance);
}

/** Dark bands across the heading. */
function stripes(random: Random): Strength {
  const phase = random.uniform(0, 2 * Math.PI);
  const count = random.uniform(7, 9);
  return (u, v) => {
    const band = Math.sin(u * count + phase + 0.8 * Math.cos(v * 3));
    return { main: step(-0.5, 0.1, band), dark: 0.8 * step(0.55, 0.8, band) };
  };
}

/** Round spots of several sizes, dark in their middle. */
function spots(random: Random): Strength {
  const dots = Array.from({ length: 46 }, () => ({
    u: random.uniform(-2, 2),
    v: random.uniform(-2, 2),
    radius: random.uniform(0.09, 0.24),
  }));
  return (u, v) => {
    let nearest = Infinity;
    for (const dot of dots) {
      const square = ((u - dot.u) ** 2 + (v - dot.v) ** 2) / dot.radius ** 2;
      if (square < nearest) nearest = square;
    }
    nearest = Math.sqrt(nearest);
    return { main: 1 - step(0.85, 1.1, nearest), dark: 0.8 * (1 - step(0.35, 0.6, nearest)) };
  };
}

function ring(across: number, down: number, count: number, turn: number): Point[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = turn + (i * 2 * Math.PI) / count;
    return [across * Math.cos(angle), down * Math.sin(angle)] as const;
  });
}

function twoNearest(
  centres: readonly Point[],
  u: number,
  v: number,
): [index: number, first: number, second: number] {
  let index = 0;
  let first = Infinity;
  let second = Infinity;
  for (let i = 0; i < centres.length; i++) {
    const distance = Math.sqrt((u - centres[i][0]) ** 2 + (v - centres[i][1]) ** 2);
    if (distance < first) {
      second = first;
      first = distance;
      index = i;
    } else if (distance < second) second = distance;
  }
  return [index, first, second];
}
