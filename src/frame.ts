/** One picture of a clip. */
export interface Frame {
  /** Counted from the start of the source, also where only a part of it is read. */
  index: number;
  /** File stem; for a video the index, counted from `--start-number`, with five digits. Masks are named after it. */
  name: string;
  width: number;
  height: number;
  /** `[height, width, 3]`, 0–255, in displayed orientation. */
  rgb: Uint8Array;
  /** Where it was cut out of the clip's frame, of which it shows only this part; whole frames have none. */
  cut?: Cut;
}

/** A part of a frame, pixels of the frame. */
export interface Cut {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Size of the whole frame. */
  of: { width: number; height: number };
}

/** `854×480`: how sizes are printed everywhere, width first. */
export function formatSize(size: { width: number; height: number }): string {
  return `${size.width}×${size.height}`;
}
