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
  /** Before the first step of one object. */
  start: Work;
  /** One step of learning one object. */
  step: Work;
  /** Steps of one object; 0 where nothing is learnt. */
  steps: number;
  /** Seconds after which learning ends whatever is left of it, all objects together. */
  learnsAtMost?: number;
  /** One frame with all objects. */
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
