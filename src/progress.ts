/** What long work tells about itself while it runs; the terminal decides how it looks. */
export type ProgressEvent =
  /** A stretch of work begins; `total` steps of `unit` where that is known, `start` of them done in a former run. */
  | { kind: 'stage'; stage: string; total?: number; unit?: string; start?: number }
  /**
   * `done` steps of the current stage are finished; `detail` is short, such as `loss 0.12`, and `loss` that number as it
   * is. `left`: seconds, where that is not told by the steps.
   */
  | { kind: 'step'; done: number; detail?: string; loss?: number; left?: number }
  /** A line worth reading: what was found, chosen or written. */
  | { kind: 'note'; text: string }
  /** A line that the user should act on; it is kept in the run record too. */
  | { kind: 'warning'; text: string };

export type Report = (event: ProgressEvent) => void;

/** Gives timers, signals and progress bars their turn between two blocking tensor operations. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
