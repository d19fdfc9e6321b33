/** In which order the frames of a clip are segmented. */
import type { Clip } from '../clips/clip.js';
import { idsOf, type LabelMap } from '../label-map.js';
import { wantsOrder, type Method } from '../methods/method.js';

/** A frame that the user annotated. */
export interface AnnotatedFrame {
  index: number;
  /** Ids that its mask shows. */
  objects: readonly number[];
}

/** Frames that are segmented one after the other, each knowing those before it. */
export interface Pass {
  /** Indices of annotated frames that are learnt before the pass begins. */
  learn: number[];
  /** The annotated frame that a pass of frames in order starts from; none where each frame is seen alone. */
  start?: number;
  /** First and last frame; backwards where `to` < `from`. */
  from: number;
  to: number;
  /** Annotated frames on the way that do not show all objects: the pass goes on through them. */
  joined?: number[];
  /** Objects of the start that are looked for; all of them when left out. */
  objects?: number[];
}

/** What decides about the order of frames. */
export type PassRules = Pick<Method<never>, 'family' | 'annotations'>;

export function annotatedFrames(masks: readonly { index: number; labels: LabelMap }[]): AnnotatedFrame[] {
  return masks.map(({ index, labels }) => ({ index, objects: idsOf(labels) }));
}

/**
 * Passes over the frames `first` … `last`.
 *
 * A method that sees each frame alone has one pass, from first to last. One that wants its frames in order starts at
 * each annotation, forwards and backwards, and goes half of the way to the next: the nearer annotation wins, the
 * earlier one where both are equally far. Where there is no annotation (a test network) it starts at the first frame.
 *
 * Where annotations come as they go, only those are starts that show every object of the ones before. Any other joins
 * the pass that comes from before: an object that enters there is followed from there on, and nothing goes backwards.
 *
 * @param annotated in the order of their frames, at least one unless the method is online
 * @param inOrder what the method says by `framesInOrder`
 */
export function planPasses(
  method: PassRules,
  annotated: readonly AnnotatedFrame[],
  first: number,
  last: number,
  inOrder = method.family === 'offline',
): Pass[] {
  const all = annotated.map(({ index }) => index);
  if (!inOrder || annotated.length === 0) return [{ learn: all, from: first, to: last }];
  if (method.annotations === 'all-before-start') {
    const stops = annotated.map(({ index }) => ({ index, joins: false }));
    return passesBetween(stops, all, first, last);
  }
  const shown = annotated.filter(({ objects }) => objects.length > 0);
  return passesBetween(withJoins(shown), shown.map(({ index }) => index), first, last); // prettier-ignore
}

/** The way through a clip. */
export interface Course {
  passes: Pass[];
  /** Whether each frame depends on those before it. */
  inOrder: boolean;
  /** Annotated frames whose masks are copied as they are, and those that a pass goes on through. */
  copied: ReadonlySet<number>;
  joined: ReadonlySet<number>;
}

/** The passes of a method over a clip, from its masks. */
export function planCourse<Options>(
  method: Method<Options>,
  options: Options,
  { clip, masks }: { clip: Clip; masks: readonly { index: number; labels: LabelMap }[] },
): Course {
  const inOrder = wantsOrder(method, options);
  const passes = planPasses(method, annotatedFrames(masks), clip.first, clip.last, inOrder);
  const joined = new Set(passes.flatMap((pass) => pass.joined ?? []));
  const copied = passes.flatMap(({ learn }) => learn).filter((index) => !joined.has(index));
  return { passes, inOrder, copied: new Set(copied), joined };
}

/** An annotated frame, as a place on the way. */
interface Stop {
  index: number;
  joins: boolean;
  /** Objects that were annotated before, where that matters. */
  before?: number[];
}

/** Which annotations lack an object that was annotated before. */
function withJoins(annotated: readonly AnnotatedFrame[]): Stop[] {
  const known = new Set<number>();
  return annotated.map(({ index, objects }) => {
    const before = [...known].sort((a, b) => a - b);
    for (const id of objects) known.add(id);
    return { index, joins: before.some((id) => !objects.includes(id)), before };
  });
}

function passesBetween(stops: readonly Stop[], learn: number[], first: number, last: number): Pass[] {
  const starts = [...stops.keys()].filter((k) => !stops[k].joins);
  return starts.flatMap((k, n) => {
    const { index: start, before } = stops[k];
    const next = starts[n + 1] ?? stops.length;
    const joined = stops.slice(k + 1, next).map(({ index }) => index);
    // neighbours are annotations of either kind
    const begin = k === 0 ? first : middle(stops[k - 1].index, start) + 1;
    const end = next === stops.length ? last : middle(stops[next - 1].index, stops[next].index);
    const forwards: Pass = { learn, start, from: start, to: end };
    if (joined.length > 0) forwards.joined = joined;
    if (begin === start) return [forwards];
    const backwards: Pass = { learn, start, from: start - 1, to: begin };
    // what enters at the start was not there before
    if (k > 0 && before) backwards.objects = before;
    return [forwards, backwards];
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
