/** Cut-outs as ProRes 4444: a video with an alpha channel that editing programs take. */
import { encodeVideo } from '../encode-video.js';
import { literalPath, passFramesThrough, runFfmpeg, startFfmpeg } from '../ffmpeg.js';
import type { FrameTimes } from '../frame-times.js';
import type { KeptTags } from '../video-colours.js';

export interface AlphaVideo {
  times: FrameTimes;
  tags: KeptTags;
  /** Width to height of a pixel. */
  pixelAspect?: readonly [number, number];
  /** Looks at the finished file before it gets its name. */
  check: (file: string) => Promise<void>;
}

/** Alpha of an object in a decoded video. */
const OPAQUE = 255;

/** Writes RGBA PNG pictures as ProRes 4444 (.mov), to a temporary name first. Throws as `encodeVideo`. */
export async function writeAlphaVideo(
  file: string,
  pictures: AsyncIterable<Uint8Array>,
  { times, tags, pixelAspect, check }: AlphaVideo,
): Promise<void> {
  const filters = [
    `scale=out_color_matrix=${tags.matrix}:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int`,
    'format=yuva444p10le',
    // the encoder writes the tags of the pictures, not those of the options, into each frame
    `setparams=range=tv:colorspace=${tags.space}:color_primaries=${tags.primaries}:color_trc=${tags.transfer}`,
    ...(pixelAspect ? [`setsar=${pixelAspect.join('/')}`] : []),
  ];
  const { space, primaries, transfer } = tags;
  const options = async () => [
    ...['-map', '0:v:0', '-vf', filters.join(',')],
    ...['-colorspace', space, '-color_primaries', primaries, '-color_trc', transfer, '-color_range', 'tv'],
    ...['-c:v', 'prores_ks', '-profile:v', '4444', '-alpha_bits', '16', '-vendor', 'apl0'],
  ];
  await encodeVideo(file, pictures, { pictures: 'MPNG', times, options, format: 'mov', check });
}

/**
 * Opens a video and counts the opaque pixels of each frame, as a stream. Throws `Error` where it has no alpha, or cannot
 * be decoded.
 */
export async function* countOpaque(
  file: string,
  { width, height }: { width: number; height: number },
): AsyncGenerator<number, void, undefined> {
  const asked = [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=pix_fmt',
    '-of',
    'csv=p=0',
  ];
  const { stdout } = await runFfmpeg('ffprobe', [...asked, literalPath(file)]);
  const format = stdout.trim().replace(/,$/, '');
  if (!format.startsWith('yuva')) throw new Error(`its pixels are ${format}, without alpha`);
  const ffmpeg = startFfmpeg([
    ...[
      '-v',
      'error',
      '-nostdin',
      '-i',
      literalPath(file),
      '-map',
      '0:v:0',
      '-vf',
      'alphaextract,format=gray',
    ],
    ...[...(await passFramesThrough()), '-f', 'rawvideo', 'pipe:1'],
  ]);
  ffmpeg.stderr.resume();
  const ended = new Promise<number | null>((resolve, reject) =>
    ffmpeg.on('close', resolve).on('error', reject),
  );
  ended.catch(() => undefined); // awaited below
  try {
    const pixels = width * height;
    let [left, opaque] = [pixels, 0];
    for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) {
      for (const alpha of chunk) {
        if (alpha === OPAQUE) opaque++;
        else if (alpha !== 0) throw new Error(`an alpha of ${alpha}, neither 0 nor ${OPAQUE}`);
        if (--left > 0) continue;
        yield opaque;
        [left, opaque] = [pixels, 0];
      }
    }
    if ((await ended) !== 0 || left !== pixels) throw new Error('it cannot be decoded');
  } finally {
    ffmpeg.kill('SIGKILL'); // nothing is lost: it only reads
  }
}
