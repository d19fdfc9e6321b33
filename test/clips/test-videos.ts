/** Small videos and what ffprobe says about them: the oracle that the readers are compared with. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Context } from 'mocha';
import type { Frame } from '../../src/frame.js';

export function has(program: 'ffmpeg' | 'ffprobe'): boolean {
  return spawnSync(program, ['-version']).status === 0;
}

/** Leaves a group of tests out where ffmpeg is missing, or one of these filters and encoders, and says so. */
export function skipWithout(context: Context, ...wanted: string[]): void {
  const list = ['-filters', '-encoders'].map((kind) =>
    spawnSync('ffmpeg', ['-hide_banner', kind]).stdout?.toString(),
  );
  const there = new Set(list.join('\n').split(/\s+/));
  const missing = has('ffmpeg') ? wanted.filter((name) => !there.has(name)) : ['ffmpeg'];
  if (missing.length === 0) return;
  console.log(`      ${missing.join(', ')} not installed: left out`);
  context.skip();
}

export function ffmpeg(...options: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...options], {
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

/** One value of each line of `ffprobe -show_entries`. */
export function ffprobe(file: string, stream: string, entries: string): string[] {
  const options = ['-v', 'error', '-select_streams', stream, '-show_entries', entries];
  const { stdout } = spawnSync('ffprobe', [...options, '-of', 'csv=p=0', file]);
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.replace(/,+$/, ''))
    .filter((line) => line !== '');
}

/** Seconds at which frames are shown, from their time stamps. */
export function timesOf(file: string): number[] {
  return ffprobe(file, 'v:0', 'frame=best_effort_timestamp_time').map((line) => Number(line.split(',')[0]));
}

/**
 * A video without loss of frames of one flat colour each, given as values of the planes (Y, Cb, Cr; or G, B, R), with
 * the tags that ffmpeg takes as options.
 */
export function flatVideo(
  file: string,
  frames: readonly (readonly number[])[],
  { format = 'yuv420p', size = [16, 8], tags = [] as string[], codec = ['-c:v', 'ffv1'] } = {},
): string {
  const [width, height] = size;
  const deep = /(10|12|16)le$/.test(format);
  const half = (length: number) => (format.includes('420') ? Math.ceil(length / 2) : length);
  const bytes = frames.flatMap((planes) =>
    planes.map((value, i) => {
      const chroma = i === 1 || i === 2;
      const count = chroma ? half(width) * half(height) : width * height;
      return deep
        ? Buffer.from(Uint16Array.from({ length: count }, () => value).buffer)
        : Buffer.alloc(count, value);
    }),
  );
  const raw = `${file}.raw`;
  writeFileSync(raw, Buffer.concat(bytes));
  const input = ['-f', 'rawvideo', '-pix_fmt', format, '-video_size', `${width}x${height}`, '-i', raw];
  ffmpeg(...input, ...codec, ...tags, file);
  return file;
}

export async function readAll(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const read: Frame[] = [];
  for await (const frame of frames) read.push(frame);
  return read;
}

/** Writes a display matrix into the track header of an MP4 file (ISO/IEC 14496-12, 8.3.2), as telephones do. */
export function turn(mp4: Buffer, [a, b, c, d]: readonly number[]): Buffer {
  const header = mp4.indexOf('tkhd') + 4;
  const MATRIX = 40; // bytes after the box type, version 0
  [a, b, 0, c, d, 0, 0, 0, 0x4000].forEach((value, i) =>
    mp4.writeInt32BE(value * 65536, header + MATRIX + 4 * i),
  );
  return mp4;
}

/** Frames that are told apart by their red, at the seconds given. */
export function unevenVideo(file: string, seconds: readonly number[], ...codec: string[]): string {
  const source = `nullsrc=size=32x16:rate=25,format=gbrp,geq=r='20*N':g=0:b=255`;
  const pts = seconds.map((second, i) => `eq(N,${i})*${second}`).join('+');
  const filters = ['-vf', `settb=1/12800,setpts='(${pts})/TB'`, '-frames:v', String(seconds.length)];
  const times = ['-vsync', 'passthrough', '-enc_time_base', '1/12800'];
  ffmpeg('-f', 'lavfi', '-i', source, ...filters, ...times, ...codec, file);
  return file;
}
