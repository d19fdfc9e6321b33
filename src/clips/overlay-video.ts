import { once } from 'node:events';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { temporaryName } from './atomic-file.js';
import type { Clip } from './clip.js';
import { readPictureHeader } from './decode-picture.js';
import {
  installFfmpeg,
  isMissing,
  lastLine,
  literalPath,
  missingFilters,
  passFramesThrough,
  startFfmpeg,
} from './ffmpeg.js';
import { partOfTimes, type FrameTimes } from './frame-times.js';
import { ivfFrameHeader, ivfHeader } from './ivf.js';
import { soundOptions, type SoundSource } from './overlay-sound.js';

export interface OverlayVideoOptions {
  /** Frames per second, `DEFAULT_RATE` where the clip has none of its own; `times` goes before it. */
  rate?: number;
  /** When each picture is shown. */
  times?: FrameTimes;
  /** Video whose sound is added; one without sound is no error. */
  sound?: SoundSource;
  /** Width to height of a pixel. */
  pixelAspect?: readonly [number, number];
}

/** Frames per second where the clip has no rate of its own: that of DAVIS. */
export const DEFAULT_RATE = 24;
/** Rates are given to this part of a frame per second. */
const RATE_UNIT = 1000;

/** What an overlay video takes from the clip that it shows: times, sound of the same part, shape of the pixels. */
export function overlayVideoOptions(clip: Clip): OverlayVideoOptions {
  const { rate, pixelAspect, first, last } = clip;
  if (clip.kind !== 'video' || !clip.times) return { rate, pixelAspect };
  const times = partOfTimes(clip.times, first, last);
  const whole = last === clip.names.length - 1;
  const duration = whole ? undefined : (times.starts.at(-1)! * times.tick[0]) / times.tick[1];
  return { times, pixelAspect, sound: { file: clip.source, start: times.offset, duration } };
}

/**
 * Writes an H.264 video (MP4) of JPEG pictures of one size, in the order given, to a temporary name first.
 * Odd sizes are padded to even ones, which the format demands. Throws `cannot-write` where ffmpeg is missing
 * or fails, `clip-unreadable` where a picture is missing.
 *
 * @returns what is not as in the source, one line each
 */
export async function writeOverlayVideo(
  file: string,
  pictures: readonly string[],
  options: OverlayVideoOptions = {},
): Promise<string[]> {
  const temporary = temporaryName(file);
  const { rate = DEFAULT_RATE } = options;
  const times = options.times ?? {
    tick: [RATE_UNIT, Math.round(rate * RATE_UNIT)] as const,
    starts: Array.from({ length: pictures.length + 1 }, (_, i) => i),
    offset: 0,
    variable: false,
  };
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => cannotWrite(error, file));
  try {
    const encoder = await encoderOptions(options, times, temporary).catch((error: unknown) =>
      cannotWrite(error, file),
    );
    await encode(pictures, times, encoder.options, file);
    await rename(temporary, file).catch((error: unknown) => cannotWrite(error, file));
    return encoder.notes;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // only there after a failure, which is thrown already
  }
}

async function encoderOptions(
  { sound, pixelAspect }: OverlayVideoOptions,
  times: FrameTimes,
  output: string,
): Promise<{ options: string[]; notes: string[] }> {
  const added = sound ? await soundOptions(sound, 1) : { input: [], output: [] };
  const [seconds, parts] = times.tick;
  const aspect = pixelAspect ? [`setsar=${pixelAspect.join('/')}`] : [];
  const filters = [
    'pad=ceil(iw/2)*2:ceil(ih/2)*2',
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=yuv420p',
    ...aspect,
  ];
  const options = [
    ...['-v', 'error', '-y', '-f', 'ivf', '-i', 'pipe:0', ...added.input],
    ...['-map', '0:v:0', ...added.output, '-vf', filters.join(',')],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    // times as they are: no frame doubled or dropped, none moved to another raster, none decoded before its turn
    ...[...(await passFramesThrough()), '-enc_time_base', `${seconds}/${parts}`],
    ...['-video_track_timescale', String(parts), ...(await lastDuration(times))],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-bf', '0'],
    ...['-movflags', '+faststart', '-f', 'mp4', literalPath(output)],
  ];
  return { options, notes: added.note === undefined ? [] : [added.note] };
}

/** The last of frames of different length has no successor to tell its end; ffmpeg before 4.4 guesses it. */
async function lastDuration({ starts, variable }: FrameTimes): Promise<string[]> {
  if (!variable || (await missingFilters(['setts'], '-bsfs')).length > 0) return [];
  const last = starts.length - 2;
  return ['-bsf:v', `setts=duration=if(eq(N\\,${last})\\,${starts[last + 1] - starts[last]}\\,DURATION)`];
}

async function encode(
  pictures: readonly string[],
  times: FrameTimes,
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
    for (const [i, file] of pictures.entries()) {
      const picture = await readPicture(file);
      if (!running) break;
      const head = i === 0 ? await startOfStream(file, times) : [];
      const parts = [...head, ivfFrameHeader(picture.length, times.starts[i]), picture];
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

async function startOfStream(picture: string, { tick }: FrameTimes): Promise<Uint8Array[]> {
  const { width, height } = await readPictureHeader(picture);
  return [ivfHeader(width, height, tick)];
}

async function readPicture(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    const remedy = 'run the segmentation again, it goes on where it stopped';
    throw new OsvosError('clip-unreadable', 'this picture of the video cannot be read', file, remedy, {
      cause: error,
    });
  });
}

function cannotWrite(error: unknown, file: string): never {
  if (isMissing(error)) {
    const what = 'videos are written by ffmpeg, which is not installed';
    throw new OsvosError('cannot-write', what, file, installFfmpeg, { cause: error });
  }
  throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
}
