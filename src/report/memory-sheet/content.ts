/** What a sheet about a read of the memory shows. */

export interface SheetPicture {
  width: number;
  height: number;
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
}

/** A grid of cells, and where it lies in a picture, as shares of the picture's sides; it may stand out. */
export interface SheetGrid {
  rows: number;
  columns: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A frame of the memory. */
export interface SheetFrame {
  name: string;
  /** Its mask was given. */
  annotated: boolean;
  /** Left out where the frame cannot be shown. */
  picture?: SheetPicture;
  /** Weight of each cell, row by row. */
  weights: Float32Array;
  /** Their sum; over all frames 1. */
  share: number;
  /** Weights without the kernel. */
  plain?: Float32Array;
  /** For each cell the cell of the segmented frame that it resembles most. */
  matches?: Int32Array;
}

/** A cell of the memory; `frame` is a place in the sheet's frames. */
export interface FrameCell {
  frame: number;
  cell: number;
}

export interface SheetKernel {
  /** In cells. */
  sigma: number;
  /** For each marked cell the cell of the memory that it resembles most. */
  found: FrameCell[];
  /** Cell of the memory that would weigh most without the kernel. */
  best: FrameCell;
  /** The cell of the segmented frame that `best` resembles most. */
  centre: number;
  /** The kernel of `best` on the segmented frame's grid, 1 at `centre`. */
  gaussian: Float32Array;
}

export interface MemorySheet {
  /** What is asked about, one line. */
  title: string;
  /** The segmented frame's name. */
  name: string;
  /** The segmented frame; all pictures of a sheet have the same size. */
  picture: SheetPicture;
  /** Of the segmented frame and of those of the memory. */
  grid: SheetGrid;
  /** Cells that are marked: those that are asked about. */
  cells: number[];
  /** In the order in which they were filmed. */
  frames: SheetFrame[];
  kernel?: SheetKernel;
}
