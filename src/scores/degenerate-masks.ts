/**
 * Masks that look like a mistake rather than a result: the annotations themselves, the first mask repeated, an object
 * that is lost, a frame that is all object. Works frame by frame, so that no more than three label maps are held.
 */
import { VOID, type LabelMap } from '../label-map.js';
import type { FrameScore, Protocol } from './protocols.js';

/** Frames in a row in which an object has to be empty before it is worth a word. */
export const EMPTY_FRAMES = 10;
/** Pixels between two that a coarse look compares; prime, so that it does not follow columns. */
const COARSE = 61;

/** An object in a frame: not annotated there, annotated and in the mask, annotated and not in the mask. */
export type Presence = 'absent' | 'found' | 'missed';

/** What is to be known of a frame's mask. */
export interface MaskFacts {
  /** In the order of the ids. */
  presence: Presence[];
  /** The mask has no background, the annotation has some. */
  full: boolean;
  /** The mask shows the same objects as the annotation, and as the sequence's first one, pixel by pixel. */
  equalsTruth: boolean;
  equalsFirst: boolean;
}

export interface ScoredSequence {
  name: string;
  ids: readonly number[];
  /** Scored frames in order. */
  frames: readonly { name: string; facts: MaskFacts }[];
}

/** A mask and what it is seen beside. */
export interface ScoredMask {
  mask: LabelMap;
  /** Of the mask's size. */
  truth: LabelMap;
  /** The sequence's first annotation, of any size. */
  first: LabelMap;
  /** Objects that are scored; in the 2016 protocol all but 0 is one object. */
  ids: readonly number[];
  /** The mask's, in the order of the ids: most of what is asked follows from them. */
  scores: readonly FrameScore[];
}

/** Looks at one mask. */
export function maskFacts(protocol: Protocol, { mask, truth, first, ids, scores }: ScoredMask): MaskFacts {
  const scored = labelsThatCount(protocol, ids);
  const has = ({ data }: LabelMap, id: number) =>
    protocol === 'davis-2016' ? data.some((label) => label !== 0) : data.includes(id);
  const presence = ids.map((id, k): Presence => {
    const { J } = scores[k];
    if (J > 0 && J < 1) return 'found';
    if (!has(truth, id)) return 'absent';
    return J === 1 || has(mask, id) ? 'found' : 'missed';
  });
  const isFull = ({ data }: LabelMap) => data.every((label) => scored[label] !== 0);
  return {
    presence,
    full: isFull(mask) && !isFull(truth),
    equalsTruth: scores.every(({ J }) => J === 1), // only where the masks are equal
    equalsFirst: areEqual(mask, first, scored),
  };
}

/** One line for each thing that looks like a mistake, naming sequence and frames. */
export function describeDegenerate(sequences: readonly ScoredSequence[]): string[] {
  const scored = sequences.filter(({ frames }) => frames.length > 0);
  const all = (fact: 'equalsTruth' | 'equalsFirst') => (sequence: ScoredSequence) =>
    sequence.frames.every(({ facts }) => facts[fact]);
  const copies = scored.filter(all('equalsTruth'));
  const others = scored.filter((sequence) => !copies.includes(sequence));
  const still = others.filter(all('equalsFirst'));
  const rest = others.filter((sequence) => !still.includes(sequence));
  const names = (chosen: ScoredSequence[]) => chosen.map(({ name }) => name).join(', ');
  const texts: string[] = [];
  if (copies.length > 0)
    texts.push(`the masks equal the annotations in every frame: ${names(copies)}: are these really results?`);
  if (still.length > 0)
    texts.push(
      `the masks equal the first annotation in every frame: ${names(still)}: were these frames segmented?`,
    );
  return [...texts, ...rest.flatMap(describeFull), ...rest.flatMap(describeMissed)];
}

function describeFull({ name, frames }: ScoredSequence): string[] {
  const full = frames.filter(({ facts }) => facts.full);
  if (full.length === 0) return [];
  return [`all of the frame is object in ${counted(full.length)}: ${name}, first in ${full[0].name}`];
}

function describeMissed({ name, ids, frames }: ScoredSequence): string[] {
  return ids.flatMap((id, k) => {
    const presence = frames.map(({ facts }) => facts.presence[k]);
    const { from, length } = longestRun(presence, 'missed');
    const everywhere = length > 0 && !presence.includes('found');
    if (length < EMPTY_FRAMES && !everywhere) return [];
    const [first, last] = [frames[from].name, frames[from + length - 1].name];
    const where = length === 1 ? `frame ${first}` : `frames ${first} to ${last}`;
    return [
      `object ${id} is empty in ${counted(length)}${length > 1 ? ' in a row' : ''}, where the annotations have it: ${name}, ${where}`,
    ];
  });
}

function counted(frames: number): string {
  return `${frames} ${frames === 1 ? 'frame' : 'frames'}`;
}

function longestRun<T>(values: readonly T[], wanted: T): { from: number; length: number } {
  let longest = { from: 0, length: 0 };
  let length = 0;
  values.forEach((value, i) => {
    length = value === wanted ? length + 1 : 0;
    if (length > longest.length) longest = { from: i - length + 1, length };
  });
  return longest;
}

/** `[256]`: labels as they are scored; what is not scored is background. */
function labelsThatCount(protocol: Protocol, ids: readonly number[]): Uint8Array {
  if (protocol === 'davis-2016') return new Uint8Array(VOID + 1).fill(1, 1);
  return Uint8Array.from({ length: VOID + 1 }, (_, label) => (ids.includes(label) ? label : 0));
}

function areEqual(a: LabelMap, b: LabelMap, scored: Uint8Array): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  // a coarse look is enough for most masks that differ
  for (const step of [COARSE, 1])
    for (let i = 0; i < a.data.length; i += step) if (scored[a.data[i]] !== scored[b.data[i]]) return false;
  return true;
}
