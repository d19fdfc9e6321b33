/** What a method asks of machine and engine, in numbers that no machine has a part in; `jobs` turns it into seconds. */

/** One piece of work. */
export interface Work {
  /** Multiply-adds of convolutions and matrix products. */
  forward: number;
  /** Multiply-adds of their gradients; engines differ most in these. */
  backward: number;
  /** Bytes read and written by all that does little arithmetic: bias, ReLU, pooling, resizing, the optimizer. */
  moved: number;
}

export interface MethodCost {
  /** Learning of one object besides its steps: before the first and after the last. */
  start: Work;
  /** One step of learning one object. */
  step: Work;
  /** Steps of one object; 0 where none are made. */
  steps: number;
  /** Seconds after which the steps of all objects together end, whatever is left of them. */
  learnsAtMost?: number;
  /** A pass over the frames begins, with all objects, where it begins with an annotation. */
  begin: Work;
  /** One frame with all objects; the mean where some take more. */
  frame: Work;
  /** Largest number of bytes held at once beyond the engine's own: while it learns, and while it segments. */
  learningBytes: number;
  segmentingBytes: number;
  /** Bytes of what was learnt as a file, and of the checkpoints that lie beside it while the run lasts; all objects. */
  stateBytes: number;
  checkpointBytes: number;
  /** Pixels of what the network sees, on a side, for each cell of its finest map that has a part in the masks. */
  finestStride: number;
}

export const noWork: Work = { forward: 0, backward: 0, moved: 0 };

export function addWork(...works: readonly Work[]): Work {
  return works.reduce(
    (a, b) => ({
      forward: a.forward + b.forward,
      backward: a.backward + b.backward,
      moved: a.moved + b.moved,
    }),
    noWork,
  );
}

export function timesWork(times: number, { forward, backward, moved }: Work): Work {
  return { forward: times * forward, backward: times * backward, moved: times * moved };
}

/** Whether there is anything to learn. */
export function learnsAnything({ start, steps }: MethodCost): boolean {
  return steps > 0 || start.forward + start.backward + start.moved > 0;
}
