import type { Frame } from '../frame.js';
import type { FrameTimes } from './frame-times.js';

/** Ordered frames of one size, read as a stream: memory does not grow with the clip. */
export interface Clip {
  /** Folder's name, video file's stem, or sequence of a data set. */
  readonly name: string;
  /** The folder or file that it was opened from. */
  readonly source: string;
  readonly kind: 'folder' | 'video';
  readonly width: number;
  readonly height: number;
  /** Frame names by index; the index counts from the source's start. */
  readonly names: readonly string[];
  /** First and last index inside `--from`/`--to`, both included. */
  readonly first: number;
  readonly last: number;
  /** Frames per second, of videos only. */
  readonly rate?: number;
  /** When each frame of a video is shown, where the file says so. */
  readonly times?: FrameTimes;
  /** Width to height of a pixel, of videos whose pixels are not square. */
  readonly pixelAspect?: readonly [number, number];
  /** What a user should know about the input, one line each (sorted naturally, turned, tone-mapped, …). */
  readonly notes: readonly string[];
  /**
   * Frames `from` … `to` (both included, default first … last), decoded ahead of the reader.
   * Throws `clip-unreadable` and `frame-sizes` naming the frame.
   */
  frames(from?: number, to?: number): AsyncGenerator<Frame, void, undefined>;
  /** One frame by index. */
  frame(index: number): Promise<Frame>;
}
