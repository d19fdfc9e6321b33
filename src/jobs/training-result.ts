import type { Look } from './training-best.js';

export interface TrainingResult {
  file: string;
  updates: number;
  seconds: number;
  /** Mean loss of the last updates. */
  loss: number;
  /** Of the process, in the start that finished it. */
  peakMemoryMB: number;
  /** What is written where states were scored on videos left out of the training. */
  best?: Look;
}

/** One line for the terminal. */
export function describeTraining({ file, updates, seconds, loss, peakMemoryMB }: TrainingResult): string {
  const figures = [
    `${updates} updates in ${Math.round(seconds)} s`,
    `loss ${Number(loss.toPrecision(3))}`,
    `peak memory ${(peakMemoryMB / 1000).toFixed(2)} GB`,
  ];
  return `${file}: ${figures.join(', ')}`;
}
