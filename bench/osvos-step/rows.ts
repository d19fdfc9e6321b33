/** What the table has a row for, and what stands in it. */
import { median } from '../engine/rows.js';
import { formatPictureSize, type Subject } from '../engine/subjects.js';
import type { PictureSize } from '../engine/case.js';
import type { Timing } from './child.js';
import { modes, type Mode } from './modes.js';
import { TINY, type NetworkName } from './networks.js';

export interface Case {
  subject: Subject;
  network: NetworkName;
  size: PictureSize;
}

/** Seconds are medians over all rounds; GFLOP/s those of the convolutions' own operations; null where not measured. */
export interface Row {
  engine: string;
  precision: string;
  network: string;
  /** Height × width. */
  size: string;
  threads: number;
  secondsPerIteration: number | null;
  secondsPerIterationFrozen: number | null;
  secondsPerFrame: number | null;
  gflopsIteration: number | null;
  gflopsFrozen: number | null;
  gflopsFrame: number | null;
  peakMbIteration: number | null;
  peakMbFrozen: number | null;
  peakMbFrame: number | null;
}

/** Engines that take minutes for an iteration of a real network: they get the tiny one, small. */
const SLOW = ['cpu', 'webgpu'];
const TINY_SIZE: PictureSize = { height: 37, width: 53 };
/** WebAssembly gets no more: four times the pixels would take VGG-16 most of a minute an iteration. */
const WASM_PIXELS = 240 * 427;

/**
 * All networks at all sizes, for engines that can hold them.
 *
 * @param card webgpu runs on a graphics card, which holds what torch does
 */
export function casesOf(
  subjects: readonly Subject[],
  networks: readonly NetworkName[],
  sizes: readonly PictureSize[],
  card: boolean,
): Case[] {
  const isSlow = ({ engine }: Subject) => SLOW.includes(engine) && !(card && engine === 'webgpu');
  const real = networks.filter((network) => network !== TINY);
  const full = real.flatMap((network) =>
    sizes.flatMap((size) =>
      subjects
        .filter((subject) => !isSlow(subject))
        .filter(({ engine }) => engine !== 'wasm' || size.height * size.width <= WASM_PIXELS)
        .map((subject) => ({ subject, network, size })),
    ),
  );
  const tiny = networks.includes(TINY)
    ? subjects.map((subject) => ({ subject, network: TINY, size: TINY_SIZE }) as const)
    : [];
  return [...full, ...tiny];
}

/** @param timings of each mode, a round each */
export function toRow({ subject, network, size }: Case, timings: Record<Mode, Timing[]>): Row {
  const of = (mode: Mode) => {
    const all = timings[mode];
    if (all.length === 0) return { seconds: null, gflops: null, peakMb: null };
    const seconds = median(all.flatMap((timing) => timing.seconds));
    const peakMb = Math.max(...all.map((timing) => timing.peakMb));
    return { seconds: Number(seconds.toPrecision(3)), gflops: Number((all[0].operations / seconds / 1e9).toPrecision(3)), peakMb }; // prettier-ignore
  };
  const [frame, whole, frozen] = modes.map(of);
  return {
    ...subject,
    ...{ network, size: formatPictureSize(size) },
    threads: modes.flatMap((mode) => timings[mode])[0].threads,
    secondsPerIteration: whole.seconds,
    secondsPerIterationFrozen: frozen.seconds,
    secondsPerFrame: frame.seconds,
    gflopsIteration: whole.gflops,
    gflopsFrozen: frozen.gflops,
    gflopsFrame: frame.gflops,
    peakMbIteration: whole.peakMb,
    peakMbFrozen: frozen.peakMb,
    peakMbFrame: frame.peakMb,
  };
}
