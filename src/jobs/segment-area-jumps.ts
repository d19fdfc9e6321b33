/** Frames where an object's area jumps: a cut, a look-alike taken over, the object out of sight. */
import type { FrameFigures } from './run-record.js';

/** An area that grows or shrinks by more than this from one frame to the next is a jump. */
const JUMP_FACTOR = 2;
/** Frames that a warning names. */
const NAMED_FRAMES = 5;

/**
 * One line for each object that jumps, naming the frames to look at.
 *
 * @param figures of consecutive frames
 * @param objects ids in the order of the figures' areas
 * @param entries names of frames where objects enter because the user said so, by id
 */
export function describeAreaJumps(
  figures: FrameFigures[],
  objects: number[],
  entries: ReadonlyMap<number, string> = new Map(),
): string[] {
  return objects.flatMap((id, k) => {
    const jumps = figures
      .slice(1)
      .filter((frame, i) => isJump(figures[i].areas[k], frame.areas[k]) && entries.get(id) !== frame.name);
    if (jumps.length === 0) return [];
    const names = jumps.slice(0, NAMED_FRAMES).map((frame) => frame.name);
    const more = jumps.length > NAMED_FRAMES ? ` and ${jumps.length - NAMED_FRAMES} more` : '';
    return [
      `object ${id} grows or shrinks by more than a factor of ${JUMP_FACTOR} at frame ${names.join(', ')}${more}: look there`,
    ];
  });
}

function isJump(before: number, now: number): boolean {
  return Math.max(before, now) > JUMP_FACTOR * Math.min(before, now);
}
