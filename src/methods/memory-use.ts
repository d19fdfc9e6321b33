/** How a method that remembers came to what it says of some pixels. */
import type { KernelMatches } from '../networks/memory/memory-weights.js';
import type { Box } from './region.js';
import type { Grid } from '../engine/kernels/memory-scores.js';

/** Pixels of the frame that was segmented last. */
export interface PixelQuestion {
  /** Objects that are asked about. */
  ids: readonly number[];
  /** `[height, width]` of the frame: those that are not 0. */
  pixels: Uint8Array;
}

/** Which part of which frame the network saw. */
export interface FrameOrigin {
  /** The frame's index in its clip. */
  index: number;
  /** Pixels of the frame. */
  place: Box;
}

/** How one frame of the memory was read. */
export interface FrameUse {
  /** Undefined where the memory does not know, as one of another program's making. */
  origin?: FrameOrigin;
  /** Its mask was given. */
  annotated: boolean;
  /** Mean weight of each cell over those that were asked about, row by row. */
  weights: Float32Array;
  /** Their sum; over all frames 1. */
  share: number;
  /** Where there is a kernel: the weights without it. */
  plain?: Float32Array;
  /** Where there is a kernel: the cell of the segmented frame that each cell resembles most. */
  matches?: Int32Array;
}

export interface MemoryUse {
  /** Objects for which the memory was read alike: one, or several that share their keys. */
  ids: number[];
  /** Cells of the segmented frame, and of those of the memory. */
  grid: Grid;
  /** Where the grid lies in what the network saw of a frame, as shares of its sides; it may stand out at the borders. */
  layout: Box;
  /** Cells under the pixels that were asked about. */
  cells: number[];
  /** By index; those that are not known come first. */
  frames: FrameUse[];
  /** Numbers of frames are places in `frames`. */
  kernel?: KernelMatches;
}

export interface MemoryAnswer {
  /** Indices of all frames that the memory holds, whatever it was asked. */
  held: number[];
  /** Of the frame that was segmented last; undefined where it was not looked at, since no object was looked for. */
  origin?: FrameOrigin;
  /** Questions about pixels or objects that the memory knows nothing of have no answer. */
  uses: MemoryUse[];
}
