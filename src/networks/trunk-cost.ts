/** What a trunk costs at a size, counted from the shapes of its convolutions. */
import type { Trunk } from './stage.js';

/** Bytes of one number. */
export const FLOAT_BYTES = 4;

export interface Size {
  width: number;
  height: number;
}

export interface StageCost {
  stride: number;
  channels: number;
  side: boolean;
  /** Cells of every map of the stage. */
  cells: number;
  /** Multiply-adds of its convolutions, forward. */
  multiplyAdds: number;
  /** Bytes of all maps that its convolutions put out, and of the last of them. */
  mapBytes: number;
  outputBytes: number;
  /** Numbers in its weights and biases. */
  parameters: number;
}

/**
 * Stage by stage. In all trunks a stage changes its stride at its start, so that each of its convolutions puts out a
 * map at the stage's stride: weights × cells are its multiply-adds. Sides that are no multiple of the stride are
 * rounded up, as the pooling does.
 */
export function trunkCost(trunk: Trunk, size: Size): StageCost[] {
  return trunk.stages.map(({ stride, channels, side, names }) => {
    const cells = cellsAt(size, stride);
    const shapes = names.map((name) => trunk.shapes.get(name)!);
    const filters = shapes.filter((shape) => shape.length === 4);
    return {
      ...{ stride, channels, side, cells },
      multiplyAdds: sum(filters.map((shape) => cells * product(shape))),
      mapBytes: sum(filters.map((shape) => cells * shape[3] * FLOAT_BYTES)),
      outputBytes: cells * channels * FLOAT_BYTES,
      parameters: sum(shapes.map(product)),
    };
  });
}

/** Cells of a map at a stride. */
export function cellsAt({ width, height }: Size, stride: number): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride);
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
