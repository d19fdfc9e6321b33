/** What swims in a synthetic clip: shapes, colours and patterns, picked by the seed. */
import type { Random } from '../../random.js';
import { createShape, type Limb, type Shape } from './contour.js';

export type Colour = readonly [red: number, green: number, blue: number];

/** Colours of a creature, 0–255: plates or spots, ground between them, limbs. */
export interface Palette {
  main: Colour;
  second: Colour;
  dark: Colour;
}

export type Pattern = 'plates' | 'stripes' | 'spots';

/** One of each object; the look-alike takes the first object's palette. All differ from sand and water. */
const palettes: readonly Palette[] = [
  { main: [148, 156, 62], second: [214, 206, 128], dark: [50, 58, 30] },
  { main: [196, 104, 44], second: [236, 176, 92], dark: [74, 40, 26] },
  { main: [176, 62, 70], second: [240, 186, 166], dark: [70, 22, 38] },
  { main: [92, 84, 150], second: [190, 176, 222], dark: [34, 30, 66] },
];

/** The palettes in an order of its own for each seed, so that no two objects share one. */
export function shufflePalettes(random: Random): Palette[] {
  const order = [...palettes];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const limb = (
  angle: number,
  length: number,
  width: number,
  swing: number,
  beat: number,
  phase: number,
): Limb => ({
  angle,
  length,
  width,
  swing,
  beat,
  phase,
});

/** A head, four flippers that beat, a short tail. */
export function turtle(random: Random): Shape {
  const phase = random.uniform(0, 2 * Math.PI);
  const limbs = [
    limb(0, 0.56, 0.2, 0.06, 0.08, phase),
    limb(1.05, 0.85, 0.2, 0.24, 0.15, phase),
    limb(-1.05, 0.85, 0.2, -0.24, 0.15, phase),
    limb(2.35, 0.48, 0.18, 0.2, 0.2, phase + 1.5),
    limb(-2.35, 0.48, 0.18, -0.2, 0.2, phase + 1.5),
    limb(Math.PI, 0.3, 0.1, 0.1, 0.1, phase),
  ];
  return createShape(0.14, 0.025, limbs, 0.3, random);
}

/** Two wide wings and a thin tail. */
export function ray(random: Random): Shape {
  const phase = random.uniform(0, 2 * Math.PI);
  const limbs = [
    limb(1.45, 0.75, 0.42, 0.12, 0.25, phase),
    limb(-1.45, 0.75, 0.42, -0.12, 0.25, phase),
    limb(Math.PI, 1.15, 0.1, 0.16, 0.05, phase + 1),
  ];
  return createShape(-0.02, 0.03, limbs, 0.26, random);
}

/** Five arms that reach out one after the other. */
export function star(random: Random): Shape {
  const limbs: Limb[] = [];
  for (let arm = 0; arm < 5; arm++)
    limbs.push(limb((arm * 2 * Math.PI) / 5, 0.95, 0.26, 0.1, 0.18, arm * 1.9));
  return createShape(0, 0.03, limbs, 0.2, random);
}

/** A long round body with hardly any limbs: what the look-alike is, whatever it is coloured like. */
export function slug(random: Random): Shape {
  const limbs = [limb(0.45, 0.2, 0.16, 0.1, 0.2, 0), limb(-0.45, 0.2, 0.16, 0.1, 0.2, 2)];
  return createShape(0.28, 0.05, limbs, 0.22, random);
}
