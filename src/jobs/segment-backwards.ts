/** Frames from the last to the first, of sources that are read forwards. */
import type { Clip } from '../clips/clip.js';
import type { Frame } from '../frame.js';
import { stretches } from './segment-passes.js';

/** Bytes of frames that are held while they are turned round: 64 MB are 52 frames of 854×480. */
const HELD_BYTES = 64e6;

/**
 * The frames of the given indices, which descend. They are read forwards in blocks: a video would have to be decoded
 * from its start for every single one.
 */
export async function* framesBackwards(
  clip: Clip,
  indices: number[],
): AsyncGenerator<Frame, void, undefined> {
  const most = Math.max(1, Math.floor(HELD_BYTES / (clip.width * clip.height * 3)));
  for (const [first, last] of stretches([...indices].reverse()).reverse()) {
    for (let to = last; to >= first; to -= most) {
      const block: Frame[] = [];
      for await (const frame of clip.frames(Math.max(first, to - most + 1), to)) block.push(frame);
      while (block.length > 0) yield block.pop()!;
    }
  }
}
