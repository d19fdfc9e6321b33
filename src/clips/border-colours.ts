/**
 * Smooth edges are blends of the colours on both sides (resized masks, soft brushes; hkchengrex/STCN issues 3
 * and 120). A colour is taken for such a blend when it fills no 3×3 square anywhere and lies, where it
 * occurs, between two real colours that are near. Everything else stays: a thin object of a colour of its own
 * is no blend.
 */
import { unpackColour } from './palette.js';

const NEAR = 3; // pixels within which both blended colours must occur
const ROUNDING = 3; // by which a blend may leave the range between its two colours, per channel
const MOSTLY = 0.95; // share of a colour's pixels that must look blended
const MOST_BORDER = 0.25; // share of the picture beyond which it is no mask with smooth edges

export interface WithoutBorders {
  /** `[height, width]` packed colours. */
  colours: Uint32Array;
  /** Blended colours that were replaced, and their pixels. */
  replaced: number;
  pixels: number;
}

/** Gives blends along borders to the nearest real colour near them; ties go to the brighter one. */
export function replaceBorderColours(colours: Uint32Array, width: number, height: number): WithoutBorders {
  const real = coloursWithInterior(colours, width, height);
  const suspects = new Map<number, number[]>();
  let suspicious = 0;
  for (let i = 0; i < colours.length; i++) {
    if (real.has(colours[i])) continue;
    const found = suspects.get(colours[i]);
    if (found) found.push(i);
    else suspects.set(colours[i], [i]);
    if (++suspicious > MOST_BORDER * colours.length) return { colours, replaced: 0, pixels: 0 };
  }
  const result = { colours: Uint32Array.from(colours), replaced: 0, pixels: 0 };
  for (const [colour, pixels] of suspects) {
    const neighbours = pixels.map((i) => realColoursNear(colours, real, width, height, i));
    const blended = neighbours.filter((near) => isBlend(colour, near)).length;
    if (blended < MOSTLY * pixels.length) continue;
    pixels.forEach(
      (i, n) => (result.colours[i] = nearest(colour, neighbours[n].length > 0 ? neighbours[n] : [...real])),
    );
    result.replaced++;
    result.pixels += pixels.length;
  }
  return result;
}

/** Colours that fill at least one square of 3×3 pixels. */
export function coloursWithInterior(colours: Uint32Array, width: number, height: number): Set<number> {
  const found = new Set<number>();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const colour = colours[i];
      if (colours[i + 1] !== colour) {
        x++; // no square around the next pixel either
        continue;
      }
      if (colours[i - 1] !== colour || found.has(colour)) continue;
      if (rowIs(colours, i - width, colour) && rowIs(colours, i + width, colour)) found.add(colour);
    }
  }
  return found;
}

function rowIs(colours: Uint32Array, middle: number, colour: number): boolean {
  return colours[middle - 1] === colour && colours[middle] === colour && colours[middle + 1] === colour;
}

function realColoursNear(
  colours: Uint32Array,
  real: Set<number>,
  width: number,
  height: number,
  i: number,
): number[] {
  const x = i % width;
  const y = Math.floor(i / width);
  const near = new Set<number>();
  for (let v = Math.max(0, y - NEAR); v <= Math.min(height - 1, y + NEAR); v++) {
    for (let u = Math.max(0, x - NEAR); u <= Math.min(width - 1, x + NEAR); u++) {
      const colour = colours[v * width + u];
      if (real.has(colour)) near.add(colour);
    }
  }
  return [...near];
}

function isBlend(colour: number, near: readonly number[]): boolean {
  return near.some((a, n) => near.slice(n + 1).some((b) => isBetween(colour, a, b)));
}

function isBetween(colour: number, a: number, b: number): boolean {
  const [from, to] = [unpackColour(a), unpackColour(b)];
  return unpackColour(colour).every(
    (value, c) =>
      value >= Math.min(from[c], to[c]) - ROUNDING && value <= Math.max(from[c], to[c]) + ROUNDING,
  );
}

function nearest(colour: number, candidates: readonly number[]): number {
  const target = unpackColour(colour);
  const distance = (candidate: number) =>
    unpackColour(candidate).reduce((sum, value, c) => sum + (value - target[c]) ** 2, 0);
  return [...candidates].sort((a, b) => distance(a) - distance(b) || b - a)[0];
}
