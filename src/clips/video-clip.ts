import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { Clip } from './clip.js';
import {
  installFfmpeg,
  isMissing,
  lastLine,
  literalPath,
  passFramesThrough,
  runFfmpeg,
  startFfmpeg,
} from './ffmpeg.js';
import { resolveRange } from './frame-keys.js';
import { probeVideo } from './probe-video.js';
import { readAhead } from './read-ahead.js';

const READ_AHEAD = 3; // frames decoded while the network is busy
const INDEX_DIGITS = 5;

/**
 * Opens a video file as a clip, through ffmpeg's pipe; frames are named by their decode index, counted from
 * `startNumber` (default 0). Throws
 * `clip-unreadable`, `unknown-frame`.
 */
export async function openVideo(
  file: string,
  options: { from?: string; to?: string; startNumber?: number },
): Promise<Clip> {
  const passthrough = await passFramesThrough().catch((error: unknown) => failed(error, file));
  const video = await probeVideo(file).catch((error: unknown) => failed(error, file));
  const { count, damage } = await countFrames(file, passthrough).catch((error: unknown) =>
    failed(error, file),
  );
  if (count === 0) throw new OsvosError('clip-unreadable', 'no frame of this video can be decoded', file);
  const { startNumber = 0 } = options;
  const names = Array.from({ length: count }, (_, index) =>
    String(startNumber + index).padStart(INDEX_DIGITS, '0'),
  );
  const { first, last } = resolveRange(names, options);
  const size = { width: video.width, height: video.height };

  const decode = (from: number, to: number): AsyncGenerator<Frame, void, undefined> => {
    const decoded = decodeFrames(file, passthrough, from, to, size.width * size.height * 3);
    return readAhead(startEach(), READ_AHEAD);

    function* startEach(): Generator<Promise<Frame>, void, undefined> {
      try {
        for (let index = from; index <= to; index++) {
          // an async generator answers the calls in their order, also those made before it is ready
          yield decoded.next().then(({ value }) => {
            if (!value)
              throw new OsvosError('clip-unreadable', `the video ends before frame ${names[index]}`, file);
            return { index, name: names[index], ...size, rgb: value };
          });
        }
      } finally {
        void decoded.return();
      }
    }
  };

  return {
    name: path.basename(file, path.extname(file)),
    source: file,
    kind: 'video',
    ...size,
    names,
    first,
    last,
    rate: video.rate,
    notes: damage ? [...video.notes, `ffmpeg found damage in this video: ${damage}`] : video.notes,
    frames: (from = first, to = last) => decode(from, to),
    frame: async (index) => {
      for await (const frame of decode(index, index)) return frame;
      throw new RangeError(`frame ${index} is outside the video`);
    },
  };
}

/** Counts what the decoder really gives: headers lie about cut and damaged files. */
async function countFrames(
  file: string,
  passthrough: readonly string[],
): Promise<{ count: number; damage: string }> {
  const options = ['-v', 'error', '-nostdin', '-i', literalPath(file), '-map', '0:V:0', ...passthrough];
  const { stdout, stderr } = await runFfmpeg('ffmpeg', [
    ...options,
    '-progress',
    'pipe:1',
    '-f',
    'null',
    '-',
  ]);
  const counts = [...stdout.matchAll(/^frame=\s*(\d+)/gm)];
  return { count: Number(counts.at(-1)?.[1] ?? 0), damage: stderr.trim().split('\n')[0] };
}

/**
 * Frames `from` … `to` as `[height, width, 3]`. ffmpeg waits while nobody reads, and is stopped when the
 * reader stops.
 */
async function* decodeFrames(
  file: string,
  passthrough: readonly string[],
  from: number,
  to: number,
  bytesPerFrame: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ffmpeg = startFfmpeg([
    ...['-v', 'error', '-nostdin', '-i', literalPath(file), '-map', '0:V:0', ...passthrough],
    ...['-vf', `select=between(n\\,${from}\\,${to})`, '-frames:v', String(to - from + 1)],
    // exact colours, the same on every processor
    ...[
      '-sws_flags',
      'bicubic+accurate_rnd+full_chroma_int+bitexact',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      'pipe:1',
    ],
  ]);
  let log = '';
  ffmpeg.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-2000)));
  const ended = new Promise<number | null>((resolve, reject) =>
    ffmpeg.on('close', resolve).on('error', reject),
  );
  ended.catch(() => undefined); // looked at below; a reader that stops early does not care
  try {
    let frame = new Uint8Array(bytesPerFrame);
    let filled = 0;
    for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) {
      for (let offset = 0; offset < chunk.length;) {
        const part = chunk.subarray(offset, offset + bytesPerFrame - filled);
        frame.set(part, filled);
        filled += part.length;
        offset += part.length;
        if (filled === bytesPerFrame) {
          yield frame;
          frame = new Uint8Array(bytesPerFrame);
          filled = 0;
        }
      }
    }
    const exit = await ended;
    if (exit !== 0)
      throw new OsvosError(
        'clip-unreadable',
        `ffmpeg stopped (${lastLine(log) || `exit code ${exit}`})`,
        file,
      );
  } finally {
    ffmpeg.kill('SIGKILL'); // nothing is lost: it only reads
  }
}

function failed(error: unknown, file: string): never {
  if (error instanceof OsvosError) throw error;
  if (isMissing(error)) {
    throw new OsvosError(
      'clip-unreadable',
      'video files are read by ffmpeg, which is not installed',
      file,
      `${installFfmpeg}, or give a folder of frames`,
      { cause: error },
    );
  }
  const { stderr, message } = error as Error & { stderr?: string };
  throw new OsvosError(
    'clip-unreadable',
    `this is no video that ffmpeg can read (${lastLine(stderr || message)})`,
    file,
    'check the file, or give a folder of frames',
    { cause: error },
  );
}
