/** Where to look first: the frames that came out worst. */
import type { Comparison } from '../comparison.js';
import { meanByFrame, objectsOf } from '../../scores/evaluation.js';

export interface WorstFrame {
  method: string;
  sequence: string;
  frame: string;
  /** Index in the clip. */
  index: number;
  J: number;
}

/** The worst frame of each method in each sequence, the worst of all first. */
export function worstFrames({ sequences, methods }: Comparison): WorstFrame[] {
  const worst: WorstFrame[] = [];
  for (const { name, scored, frames } of sequences) {
    for (const { label, objects } of methods) {
      const values = meanByFrame(objectsOf(objects, name));
      if (values.length === 0) continue;
      const i = values.indexOf(Math.min(...values));
      worst.push({
        method: label,
        sequence: name,
        frame: scored[i],
        index: frames.indexOf(scored[i]),
        J: values[i],
      });
    }
  }
  return worst.sort((a, b) => a.J - b.J);
}
