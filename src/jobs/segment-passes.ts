/** In which order the frames of a clip are segmented. */
import type { Method } from '../methods/method.js';

/** Frames that are segmented one after the other, each knowing those before it. */
export interface Pass {
  /** Indices of annotated frames that are learnt before the pass begins. */
  learn: number[];
  /** The annotated frame that a pass of frames in order starts from; none where each frame is seen alone. */
  start?: number;
  /** First and last frame; backwards where `to` < `from`. */
  from: number;
  to: number;
}

/**
 * Passes over the frames `first` … `last`.
 *
 * A method that sees each frame alone has one pass, from first to last. One that wants its frames in order starts at
 * each annotation, forwards and backwards, and goes half of the way to the next: the nearer annotation wins, the
 * earlier one where both are equally far. Where there is no annotation (a test network) it starts at the first frame.
 *
 * @param annotated indices of annotated frames, ascending, at least one unless the method is online
 * @param inOrder what the method says by `framesInOrder`
 */
export function planPasses(
  method: Pick<Method<never>, 'family' | 'annotations'>,
  annotated: number[],
  first: number,
  last: number,
  inOrder = method.family === 'offline',
): Pass[] {
  if (!inOrder || annotated.length === 0) return [{ learn: annotated, from: first, to: last }];
  return annotated.flatMap((start, k) => {
    const learn = method.annotations === 'all-before-start' ? annotated : [start];
    const begin = k === 0 ? first : middle(annotated[k - 1], start) + 1;
    const end = k === annotated.length - 1 ? last : middle(start, annotated[k + 1]);
    const forwards = { learn, start, from: start, to: end };
    return begin < start ? [forwards, { learn, start, from: start - 1, to: begin }] : [forwards];
  });
}

/** Last frame that is nearer to `a` than to `b`, or as near. */
function middle(a: number, b: number): number {
  return Math.floor((a + b) / 2);
}

export function passLength(pass: Pass): number {
  return Math.abs(pass.to - pass.from) + 1;
}

/** Indices of a pass in its order. */
export function passIndices(pass: Pass): number[] {
  const step = pass.to < pass.from ? -1 : 1;
  return Array.from({ length: passLength(pass) }, (_, i) => pass.from + i * step);
}

/** First and last of each run of consecutive numbers. */
export function stretches(indices: number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const index of indices) {
    const current = found.at(-1);
    if (current && current[1] === index - 1) current[1] = index;
    else found.push([index, index]);
  }
  return found;
}
