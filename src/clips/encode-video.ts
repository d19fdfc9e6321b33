/** Pictures through ffmpeg's pipe into a video file, each at its own time. */
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { OsvosError } from '../errors.js';
import { temporaryName } from './atomic-file.js';
import {
  installFfmpeg,
  isMissing,
  lastLine,
  literalPath,
  missingFilters,
  passFramesThrough,
  startFfmpeg,
} from './ffmpeg.js';
import type { FrameTimes } from './frame-times.js';
import { ivfFrameHeader, ivfHeader, type IvfPictures } from './ivf.js';

/** Frames per second where the clip has no rate of its own: that of DAVIS. */
const DEFAULT_RATE = 24;
/** Rates are given to this part of a frame per second. */
const RATE_UNIT = 1000;

export interface VideoEncoding {
  /** How the pictures are coded. */
  pictures: IvfPictures;
  times: FrameTimes;
  /** Options of ffmpeg between its first input, the pictures, and its output. Errors of child processes are understood. */
  options: () => Promise<readonly string[]>;
  /** Container: ffmpeg's name of it. */
  format: 'mp4' | 'mov';
  /** Looks at the finished file before it gets its name; what it throws is thrown. */
  check?: (file: string) => Promise<void>;
}

/** Times of `count` frames that all last equally long. */
export function evenTimes(count: number, rate = DEFAULT_RATE): FrameTimes {
  return {
    tick: [RATE_UNIT, Math.round(rate * RATE_UNIT)],
    starts: Array.from({ length: count + 1 }, (_, i) => i),
    offset: 0,
    variable: false,
  };
}

/**
 * Writes coded pictures of one size as a video, to a temporary name first. Takes a picture only when ffmpeg has room
 * for it. Throws `cannot-write` where ffmpeg is missing or fails, and what `pictures` throws.
 */
export async function encodeVideo(
  file: string,
  pictures: AsyncIterable<Uint8Array>,
  encoding: VideoEncoding,
): Promise<void> {
  const temporary = temporaryName(file);
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => cannotWrite(error, file));
  try {
    const options = await ffmpegOptions(encoding, temporary).catch((error: unknown) =>
      cannotWrite(error, file),
    );
    await encode(pictures, encoding, options, file);
    await encoding.check?.(temporary);
    await rename(temporary, file).catch((error: unknown) => cannotWrite(error, file));
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // only there after a failure, which is thrown already
  }
}

async function ffmpegOptions({ times, options, format }: VideoEncoding, output: string): Promise<string[]> {
  const [seconds, parts] = times.tick;
  return [
    ...['-v', 'error', '-y', '-f', 'ivf', '-i', 'pipe:0', ...(await options())],
    // times as they are: no frame doubled or dropped, none moved to another raster, none decoded before its turn
    ...[...(await passFramesThrough()), '-enc_time_base', `${seconds}/${parts}`],
    ...['-video_track_timescale', String(parts), ...(await lastDuration(times))],
    ...['-movflags', '+faststart', '-f', format, literalPath(output)],
  ];
}

/** The last of frames of different length has no successor to tell its end; ffmpeg before 4.4 guesses it. */
async function lastDuration({ starts, variable }: FrameTimes): Promise<string[]> {
  if (!variable || (await missingFilters(['setts'], '-bsfs')).length > 0) return [];
  const last = starts.length - 2;
  return ['-bsf:v', `setts=duration=if(eq(N\\,${last})\\,${starts[last + 1] - starts[last]}\\,DURATION)`];
}

async function encode(
  pictures: AsyncIterable<Uint8Array>,
  { pictures: kind, times }: VideoEncoding,
  options: readonly string[],
  file: string,
): Promise<void> {
  const ffmpeg = startFfmpeg(options);
  let log = '';
  ffmpeg.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-2000)));
  ffmpeg.stdout.resume();
  ffmpeg.stdin.on('error', () => undefined); // a closed pipe: ffmpeg's own message, below, says why
  const ended = new Promise<number | null>((resolve, reject) =>
    ffmpeg.on('close', resolve).on('error', reject),
  );
  ended.catch(() => undefined); // awaited below
  let running = true;
  const stopped = ended.then(
    () => (running = false),
    () => (running = false),
  );
  try {
    let count = 0;
    for await (const picture of pictures) {
      if (!running) break;
      const head = count === 0 ? [await startOfStream(picture, kind, times)] : [];
      const parts = [...head, ivfFrameHeader(picture.length, times.starts[count++]), picture];
      if (!ffmpeg.stdin.write(Buffer.concat(parts)))
        await Promise.race([once(ffmpeg.stdin, 'drain').catch(() => stopped), stopped]);
    }
    ffmpeg.stdin.end();
    const exit = await ended.catch((error: unknown) => cannotWrite(error, file));
    if (exit !== 0)
      throw new OsvosError('cannot-write', `ffmpeg stopped (${lastLine(log) || `exit code ${exit}`})`, file);
  } finally {
    ffmpeg.kill('SIGKILL'); // still running only after a failure of ours
  }
}

async function startOfStream(
  picture: Uint8Array,
  kind: IvfPictures,
  { tick }: FrameTimes,
): Promise<Uint8Array> {
  const { width, height } = await sharp(picture).metadata();
  return ivfHeader(width, height, tick, kind);
}

function cannotWrite(error: unknown, file: string): never {
  if (error instanceof OsvosError) throw error;
  if (isMissing(error)) {
    const what = 'videos are written by ffmpeg, which is not installed';
    throw new OsvosError('cannot-write', what, file, installFfmpeg, { cause: error });
  }
  throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
}
