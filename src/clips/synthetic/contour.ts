/** A smooth closed contour whose radii change over time: a body of three low waves, and limbs that bulge out of it. */
import type { Random } from '../../random.js';

/** Directions at which a contour's radii are tabled. */
const DIRECTIONS = 1024;

/** Radii never fall below this share of the mean, however the waves add up. */
const SMALLEST_RADIUS = 0.2;

/** `amplitude · cos(order · angle + phase + speed · frame)`, relative to the mean radius. */
interface Wave {
  order: number;
  amplitude: number;
  phase: number;
  speed: number;
}

/** A bulge of the contour: a limb, a head, a fin. */
export interface Limb {
  /** Direction, radians. */
  angle: number;
  /** Length beyond the body, relative to the mean radius. */
  length: number;
  /** Half width, radians. */
  width: number;
  /** How far it swings (radians) and how much its length changes (fraction) with each beat. */
  swing: number;
  beat: number;
  phase: number;
}

export interface Shape {
  waves: Wave[];
  limbs: Limb[];
  /** Radians per frame of the limbs' beat. */
  beatSpeed: number;
}

/** Radii and slopes by direction at one moment; directions count from 0 to 2π in equal steps. */
export interface Contour {
  radius: Float32Array;
  /** √(1 + (r′/r)²): turns a radial difference into a distance from the contour. */
  stretch: Float32Array;
  /** How far the limbs have swung from their rest, radians: the texture swings with them. */
  swing: Float32Array;
  largest: number;
}

/** A body that is elongated along its heading (angle 0) and breathes. */
export function createShape(
  elongation: number,
  wobble: number,
  limbs: Limb[],
  beatSpeed: number,
  random: Random,
): Shape {
  const waves: Wave[] = [{ order: 2, amplitude: elongation, phase: 0, speed: 0 }];
  for (const order of [2, 3, 5]) {
    waves.push({
      order,
      amplitude: wobble * random.uniform(0.5, 1),
      phase: random.uniform(0, 2 * Math.PI),
      speed: random.uniform(0.05, 0.12) * (random.chance(0.5) ? 1 : -1),
    });
  }
  return { waves, limbs, beatSpeed };
}

/** The contour at a frame, scaled so that a circle of the mean body has radius `scale`. */
export function contourAt(shape: Shape, frame: number, scale: number): Contour {
  const radius = new Float32Array(DIRECTIONS);
  const stretch = new Float32Array(DIRECTIONS);
  const swing = new Float32Array(DIRECTIONS);
  const step = (2 * Math.PI) / DIRECTIONS;
  let largest = 0;
  for (let i = 0; i < DIRECTIONS; i++) {
    const point = pointAt(shape, i * step, frame);
    radius[i] = scale * point.radius;
    swing[i] = point.swing;
    largest = Math.max(largest, radius[i]);
  }
  for (let i = 0; i < DIRECTIONS; i++) {
    const slope = (radius[(i + 1) % DIRECTIONS] - radius[(i + DIRECTIONS - 1) % DIRECTIONS]) / (2 * step);
    stretch[i] = Math.hypot(1, slope / radius[i]);
  }
  return { radius, stretch, swing, largest };
}

/** Index into a contour's tables for the direction of `(x, y)`. */
export function directionOf(x: number, y: number): number {
  const turn = Math.atan2(y, x) / (2 * Math.PI);
  return Math.floor((turn < 0 ? turn + 1 : turn) * DIRECTIONS) % DIRECTIONS;
}

/** Area inside, ½∫r² dθ, in square pixels. */
export function areaOf(contour: Contour): number {
  let sum = 0;
  for (const radius of contour.radius) sum += radius * radius;
  return (sum * Math.PI) / contour.radius.length;
}

function pointAt(shape: Shape, angle: number, frame: number): { radius: number; swing: number } {
  let radius = 1;
  let swing = 0;
  for (const wave of shape.waves)
    radius += wave.amplitude * Math.cos(wave.order * angle + wave.phase + wave.speed * frame);
  for (const limb of shape.limbs) {
    const beat = Math.sin(shape.beatSpeed * frame + limb.phase);
    const swung = limb.swing * beat;
    // a bump that is smooth around the circle (von Mises)
    const bump = Math.exp((Math.cos(angle - limb.angle - swung) - 1) / (limb.width * limb.width));
    radius += limb.length * (1 + limb.beat * beat) * bump;
    swing += swung * bump;
  }
  return { radius: Math.max(radius, SMALLEST_RADIUS), swing };
}
