import { OsvosError } from '../errors.js';
import { lastLine, literalPath, passFramesThrough, startFfmpeg } from './ffmpeg.js';

/** What is done to the pictures of a video between decoder and us. */
export interface Decoding {
  file: string;
  /** Filters that need neighbouring frames, before the wanted ones are picked. */
  before: readonly string[];
  /** Filters of one picture, to `rgb24`. */
  after: readonly string[];
  width: number;
  height: number;
}

/**
 * Frames `from` … `to` as `[height, width, 3]`, each coded frame once. ffmpeg waits while nobody reads, and is stopped
 * when the reader stops. Throws `clip-unreadable`.
 */
export async function* decodeVideo(
  { file, before, after, width, height }: Decoding,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const filters = [...before, `select=between(n\\,${from}\\,${to})`, ...after];
  const ffmpeg = startFfmpeg([
    // we turn pictures ourselves: ffmpeg would do it before fields are put together
    ...['-v', 'error', '-nostdin', '-noautorotate', '-i', literalPath(file), '-map', '0:V:0'],
    ...[...(await passFramesThrough()), '-vf', filters.join(','), '-frames:v', String(to - from + 1)],
    ...['-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
  ]);
  let log = '';
  ffmpeg.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-2000)));
  const ended = new Promise<number | null>((resolve, reject) =>
    ffmpeg.on('close', resolve).on('error', reject),
  );
  ended.catch(() => undefined); // looked at below; a reader that stops early does not care
  const bytesPerFrame = width * height * 3;
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
    const fault = exit !== 0 ? lastLine(log) || `exit code ${exit}` : filled > 0 && 'frames of another size';
    if (fault) throw new OsvosError('clip-unreadable', `ffmpeg stopped (${fault})`, file);
  } finally {
    ffmpeg.kill('SIGKILL'); // nothing is lost: it only reads
  }
}
