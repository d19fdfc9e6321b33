/** The scores of a whole set, in the names of the official tables. */
import { meanErrors, type ErrorSplit } from './error-split.js';
import { mean, sequenceStatistics } from './statistics.js';
import type { FrameScore } from './protocols.js';

/** Column names of the official 2017 tables, in their order. */
export const scoreNames = [
  'J&F-Mean',
  'J-Mean',
  'J-Recall',
  'J-Decay',
  'F-Mean',
  'F-Recall',
  'F-Decay',
] as const;
export type ScoreName = (typeof scoreNames)[number];

/** Fractions (decay can be negative); `null` where nothing was scored. */
export type Scores = Record<ScoreName, number | null>;

/** Scores of one object of one sequence, with its values in every scored frame. */
export interface ObjectScores extends Scores {
  J: number[];
  F: number[];
  /** Means over the scored frames, where they were asked for. */
  errors?: ErrorSplit;
}

export interface Evaluation {
  /** Means over the objects; in the 2016 protocol a sequence has one, so over the sequences. */
  global: Scores;
  /** By `<sequence>_<id>`, ids from 1. */
  objects: Record<string, ObjectScores>;
  /** Means over the objects, where they were asked for. */
  errors?: ErrorSplit;
}

/** Scores of one object from its scored frames in order. */
export function scoreObject(frames: readonly FrameScore[]): ObjectScores {
  const J = frames.map((frame) => frame.J);
  const F = frames.map((frame) => frame.F);
  const region = sequenceStatistics(J);
  const contour = sequenceStatistics(F);
  const errors = meanErrors(frames.flatMap((frame) => frame.errors ?? []));
  return {
    'J&F-Mean': middle(region.mean, contour.mean),
    'J-Mean': region.mean,
    'J-Recall': region.recall,
    'J-Decay': region.decay,
    'F-Mean': contour.mean,
    'F-Recall': contour.recall,
    'F-Decay': contour.decay,
    J,
    F,
    ...(errors && { errors }),
  };
}

/** Scores of a set: each object weighs the same, however long its sequence; objects without scored frame are left out. */
export function scoreSet(objects: Record<string, ObjectScores>): Evaluation {
  const average = (name: ScoreName) =>
    mean(
      Object.values(objects)
        .map((scores) => scores[name])
        .filter((value) => value !== null),
    );
  const global = Object.fromEntries(scoreNames.map((name) => [name, average(name)])) as Scores;
  const errors = meanErrors(Object.values(objects).flatMap((scores) => scores.errors ?? []));
  return {
    global: { ...global, 'J&F-Mean': middle(global['J-Mean'], global['F-Mean']) },
    objects,
    ...(errors && { errors }),
  };
}

function middle(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : (a + b) / 2;
}

/** Scores of a sequence's objects, from names `<sequence>_<id>`. */
export function objectsOf<T>(objects: Readonly<Record<string, T>>, sequence: string): T[] {
  return Object.entries(objects)
    .filter(([name]) => name.slice(0, name.lastIndexOf('_')) === sequence)
    .map(([, scores]) => scores);
}

/** J of each scored frame, mean over the objects that have values; empty where none has. */
export function meanByFrame(objects: readonly Pick<ObjectScores, 'J'>[]): number[] {
  const own = objects.filter(({ J }) => J.length > 0);
  const count = Math.max(0, ...own.map(({ J }) => J.length));
  return Array.from({ length: count }, (_, i) => own.reduce((sum, { J }) => sum + J[i], 0) / own.length);
}
