/** When the frames of a video are shown. */
export interface FrameTimes {
  /** Seconds of a tick, as the fraction that the file uses: `[1001, 30000]`, `[1, 12800]`. */
  tick: readonly [number, number];
  /** Ticks from the first frame on at which each frame begins, and last the end of the last one. */
  starts: readonly number[];
  /** Seconds from the file's start to the first frame: sound may begin earlier. */
  offset: number;
  /** Whether frames last differently long. */
  variable: boolean;
}

/** What a demuxer and decoder tell of one frame; ticks of the stream. */
export interface TimeStamp {
  start?: number;
  duration?: number;
}

/** Ticks by which two rounded stamps can be off. */
const ROUNDING = 1 + 1e-6;

/**
 * Times of all frames from their time stamps. Where one of the `rates` explains all of them but for rounding, ticks
 * are its frames: a file that counts milliseconds keeps 30000/1001 frames per second.
 *
 * @param tick seconds of a tick of the stamps, as a fraction
 * @param rates frames per second as fractions that the file claims, the average first
 * @param fileStart seconds at which the file begins
 * @returns undefined where stamps are missing or do not grow, and no rate is known
 */
export function readFrameTimes(
  stamps: readonly TimeStamp[],
  tick: readonly [number, number],
  rates: readonly (readonly [number, number])[],
  fileStart = 0,
): FrameTimes | undefined {
  const starts = stamps.map(({ start }) => start ?? NaN);
  const stamped = starts.every((start, i) => (i === 0 ? !Number.isNaN(start) : start > starts[i - 1]));
  const seconds = (ticks: number) => (ticks * tick[0]) / tick[1];
  // of two that fit, the nominal one is exact: an average is off where the last frame is shorter
  const constant = stamped
    ? [...rates]
        .reverse()
        .find(([frames, per]) =>
          starts.every(
            (start, i) => Math.abs(start - starts[0] - (i * per * tick[1]) / (frames * tick[0])) <= ROUNDING,
          ),
        )
    : rates[0];
  const offset = stamped ? Math.max(0, seconds(starts[0]) - fileStart) : 0;
  if (constant) {
    const [frames, per] = constant;
    const counted = Array.from({ length: stamps.length + 1 }, (_, i) => i);
    return { tick: [per, frames], starts: counted, offset, variable: false };
  }
  if (!stamped) return undefined;
  const last = starts.length - 1;
  const lasting = stamps[last].duration || (last > 0 ? starts[last] - starts[last - 1] : 1);
  const relative = [...starts, starts[last] + lasting].map((start) => start - starts[0]);
  return { tick, starts: relative, offset, variable: true };
}

/** Times of frames `first` … `last`; the offset stays the file's start. */
export function partOfTimes(times: FrameTimes, first: number, last: number): FrameTimes {
  const start = times.starts[first];
  const starts = times.starts.slice(first, last + 2).map((ticks) => ticks - start);
  return { ...times, starts, offset: times.offset + (start * times.tick[0]) / times.tick[1] };
}
