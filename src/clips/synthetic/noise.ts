/** Value noise in several octaves (Perlin's lattice idea with values instead of gradients); it tiles. */
import type { Random } from '../../random.js';
import { createTile, type Tile } from './tile.js';

/** Weight of each octave relative to the coarser one before it. */
const PERSISTENCE = 0.55;

export interface NoiseOptions {
  width: number;
  height: number;
  /** Lattice cells of the coarsest octave across and down; each further octave has twice as many. */
  cellsAcross: number;
  cellsDown: number;
  octaves: number;
}

/** One channel, stretched to mean 0.5 and within 0–1. */
export function createNoise(options: NoiseOptions, random: Random): Tile {
  const { width, height, octaves } = options;
  const tile = createTile(width, height, 1);
  let weight = 1;
  for (let octave = 0; octave < octaves; octave++) {
    addOctave(
      tile,
      Math.max(2, options.cellsAcross << octave),
      Math.max(2, options.cellsDown << octave),
      weight,
      random,
    );
    weight *= PERSISTENCE;
  }
  stretch(tile.data);
  return tile;
}

function addOctave(tile: Tile, across: number, down: number, weight: number, random: Random): void {
  const { width, height, data } = tile;
  const lattice = new Float32Array(across * down);
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.next() - 0.5;
  const columns = cellPositions(width, across);
  const rows = cellPositions(height, down);
  for (let y = 0; y < height; y++) {
    const above = rows.cell[y] * across;
    const below = ((rows.cell[y] + 1) % down) * across;
    const fy = rows.fraction[y];
    for (let x = 0; x < width; x++) {
      const left = columns.cell[x];
      const right = left + 1 === across ? 0 : left + 1;
      const fx = columns.fraction[x];
      const upper = lattice[above + left] + (lattice[above + right] - lattice[above + left]) * fx;
      const lower = lattice[below + left] + (lattice[below + right] - lattice[below + left]) * fx;
      data[y * width + x] += weight * (upper + (lower - upper) * fy);
    }
  }
}

/** Cell and eased place inside it (Perlin's 3t² − 2t³) of each pixel along one axis. */
function cellPositions(length: number, cells: number) {
  const cell = new Int32Array(length);
  const fraction = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const position = (i * cells) / length;
    cell[i] = Math.floor(position);
    const t = position - cell[i];
    fraction[i] = t * t * (3 - 2 * t);
  }
  return { cell, fraction };
}

function stretch(values: Float32Array): void {
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const mean = sum / values.length;
  const scale = 0.5 / Math.max(high - mean, mean - low, 1e-6);
  for (let i = 0; i < values.length; i++) values[i] = 0.5 + (values[i] - mean) * scale;
}
