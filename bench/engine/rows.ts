/** Rows of the table from the measurements of all rounds, and the ratios between them. */
import type { Measurement } from './measure.js';
import { formatPictureSize, nameOf, PEER, ratioCase, sameCase, type Case, type Subject } from './subjects.js';

/** One line of the table; times are medians over the iterations of all rounds. */
export interface Row {
  engine: string;
  precision: string;
  network: string;
  /** Height × width. */
  size: string;
  threads: number;
  /** User and system time of all threads. */
  iterationCpuMs: number;
  iterationWallMs: number;
  forwardWallMs: number;
  /** Largest of all rounds. */
  peakMb: number;
}

/** CPU time of an iteration of `ratioCase`, divided; null where a row is missing. */
export interface Ratios {
  ratioToPyTorchBf16: number | null;
  ratioToPyTorchF32: number | null;
  ratioToTensorflow: number | null;
}

/** A subject's measurements of one case, a round each. */
export interface Measured {
  subject: Subject;
  where: Case;
  rounds: Measurement[];
}

export function toRow({ subject, where, rounds }: Measured): Row {
  const all = (pick: (round: Measurement) => number[]) => round1(median(rounds.flatMap(pick)));
  return {
    ...subject,
    network: where.network,
    size: formatPictureSize(where.size),
    threads: where.threads,
    iterationCpuMs: all((round) => round.iterationCpuMs),
    iterationWallMs: all((round) => round.iterationWallMs),
    forwardWallMs: all((round) => round.forwardWallMs),
    peakMb: Math.round(Math.max(...rounds.map((round) => round.peakMb))),
  };
}

export function ratios(measured: readonly Measured[]): Ratios {
  const cpuMs = (engine: string, precision: string) => {
    const found = measured.find(
      ({ subject, where }) =>
        subject.engine === engine && subject.precision === precision && sameCase(where, ratioCase),
    );
    return found && median(found.rounds.flatMap((round) => round.iterationCpuMs));
  };
  const ratio = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? null : Number((a / b).toFixed(3));
  return {
    ratioToPyTorchBf16: ratio(cpuMs('torch', 'bf16'), cpuMs(PEER, 'bf16')),
    ratioToPyTorchF32: ratio(cpuMs('torch', 'f32'), cpuMs(PEER, 'f32')),
    ratioToTensorflow: ratio(cpuMs('torch', 'bf16'), cpuMs('tensorflow', 'f32')),
  };
}

/** Of the torch engine in bfloat16 on `ratioCase`; null where it was not measured, or keeps no profile. */
export function convolutionShareOf(measured: readonly Measured[]): number | null {
  const shares = measured
    .filter(({ subject, where }) => nameOf(subject) === 'torch bf16' && sameCase(where, ratioCase))
    .flatMap(({ rounds }) => rounds.map((round) => round.convolutionShare))
    .filter((share) => share !== null);
  return shares.length > 0 ? Number(median(shares).toFixed(3)) : null;
}

/** Relative; bfloat16 and single precision stay a tenth of this apart. */
const LOSS_TOLERANCE = 0.01;

/**
 * Do all subjects of a case compute the same? Compares their losses, iteration by iteration; the later ones tell of
 * gradients and updates too.
 *
 * @throws Error that names the two that differ
 */
export function compareLosses(measured: readonly Measured[]): void {
  const runs = measured.flatMap(({ subject, rounds }) => rounds.map(({ losses }) => ({ subject, losses })));
  const [first, ...others] = runs;
  for (const { subject, losses } of others) {
    losses.forEach((loss, i) => {
      const want = first.losses[i];
      // written so that NaN differs too
      if (Math.abs(loss - want) <= LOSS_TOLERANCE * Math.abs(want)) return;
      const what = `iteration ${i + 1}: ${nameOf(subject)} has a loss of ${loss}, ${nameOf(first.subject)} of ${want}`;
      throw new Error(`not the same work, ${what}`);
    });
  }
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
