import { once } from 'node:events';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { temporaryName } from './atomic-file.js';
import { installFfmpeg, isMissing, lastLine, literalPath, startFfmpeg } from './ffmpeg.js';

export interface OverlayVideoOptions {
  /** Frames per second, `DEFAULT_RATE` where the clip has none of its own. */
  rate?: number;
  /** Video whose sound is added; one without sound is no error. */
  soundFrom?: string;
  /** Seconds at which the pictures begin in it, default 0. */
  soundStart?: number;
}

/** Frames per second where the clip has no rate of its own: that of DAVIS. */
export const DEFAULT_RATE = 24;

/**
 * Writes an H.264 video (MP4) of JPEG pictures of one size, in the order given, to a temporary name first.
 * Odd sizes are padded to even ones, which the format demands. Throws `cannot-write` where ffmpeg is missing
 * or fails, `clip-unreadable` where a picture is missing.
 */
export async function writeOverlayVideo(
  file: string,
  pictures: readonly string[],
  options: OverlayVideoOptions = {},
): Promise<void> {
  const temporary = temporaryName(file);
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => cannotWrite(error, file));
  try {
    await encode(pictures, videoOptions(options, temporary), file);
    await rename(temporary, file).catch((error: unknown) => cannotWrite(error, file));
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // only there after a failure, which is thrown already
  }
}

function videoOptions(options: OverlayVideoOptions, output: string): string[] {
  const { rate = DEFAULT_RATE, soundFrom, soundStart = 0 } = options;
  const soundInput = soundFrom === undefined ? [] : ['-ss', String(soundStart), '-i', literalPath(soundFrom)];
  const soundOutput = soundFrom === undefined ? [] : ['-map', '1:a:0?', '-c:a', 'aac', '-shortest'];
  return [
    ...['-v', 'error', '-y', '-f', 'image2pipe', '-c:v', 'mjpeg', '-framerate', String(rate), '-i', 'pipe:0'],
    ...soundInput,
    ...['-map', '0:v:0', ...soundOutput],
    ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '18',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
      literalPath(output),
    ],
  ];
}

async function encode(pictures: readonly string[], options: readonly string[], file: string): Promise<void> {
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
    for (const file of pictures) {
      const picture = await readPicture(file);
      if (!running) break;
      if (!ffmpeg.stdin.write(picture))
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
