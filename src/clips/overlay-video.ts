import { readFile } from 'node:fs/promises';
import { OsvosError } from '../errors.js';
import type { Clip } from './clip.js';
import { encodeVideo, evenTimes } from './encode-video.js';
import { partOfTimes, type FrameTimes } from './frame-times.js';
import { soundOptions, type SoundSource } from './overlay-sound.js';

export interface OverlayVideoOptions {
  /** Frames per second, 24 where the clip has none of its own; `times` goes before it. */
  rate?: number;
  /** When each picture is shown. */
  times?: FrameTimes;
  /** Video whose sound is added; one without sound is no error. */
  sound?: SoundSource;
  /** Width to height of a pixel. */
  pixelAspect?: readonly [number, number];
}

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
  return streamOverlayVideo(file, readEach(pictures), pictures.length, options);
}

/**
 * As `writeOverlayVideo`, of `count` JPEG pictures that are made while they are taken. Throws what `pictures` throws,
 * too.
 */
export async function streamOverlayVideo(
  file: string,
  pictures: AsyncIterable<Uint8Array>,
  count: number,
  options: OverlayVideoOptions = {},
): Promise<string[]> {
  const { sound, pixelAspect, times = evenTimes(count, options.rate) } = options;
  const notes: string[] = [];
  const encoderOptions = async () => {
    const added = sound ? await soundOptions(sound, 1) : { input: [], output: [] };
    if (added.note !== undefined) notes.push(added.note);
    const filters = [
      'pad=ceil(iw/2)*2:ceil(ih/2)*2',
      'scale=out_color_matrix=bt709:out_range=tv',
      'format=yuv420p',
      ...(pixelAspect ? [`setsar=${pixelAspect.join('/')}`] : []),
    ];
    return [
      ...[...added.input, '-map', '0:v:0', ...added.output, '-vf', filters.join(',')],
      ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-bf', '0'],
    ];
  };
  await encodeVideo(file, pictures, { pictures: 'MJPG', times, options: encoderOptions, format: 'mp4' });
  return notes;
}

async function* readEach(files: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of files) yield await readPicture(file);
}

async function readPicture(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    const remedy = 'run the segmentation again, it goes on where it stopped';
    throw new OsvosError('clip-unreadable', 'this picture of the video cannot be read', file, remedy, {
      cause: error,
    });
  });
}
