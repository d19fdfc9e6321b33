import { OsvosError } from '../errors.js';
import { readDisplayMatrix, type Turn } from './display-matrix.js';
import { literalPath, runFfmpeg } from './ffmpeg.js';
import type { ColourTags } from './video-colours.js';

/** A number as the quotient that the file has. */
export type Fraction = readonly [number, number];

/** What a video file says about its picture, before a frame is decoded. */
export interface VideoFacts {
  /** Size as coded, and the tags of its colours. */
  colours: ColourTags;
  turn: Turn;
  /** Width to height of a coded pixel, where it is not square. */
  pixelAspect?: Fraction;
  /** Seconds of a tick of its time stamps. */
  tick: Fraction;
  /** Frames per second that it claims, the average first. */
  rates: Fraction[];
  /** Seconds at which the file begins, and how long the picture lasts where it says so. */
  start: number;
  duration?: number;
  notes: string[];
}

interface ProbedStream extends ColourTags {
  avg_frame_rate?: string;
  r_frame_rate?: string;
  time_base: string;
  duration?: string;
  sample_aspect_ratio?: string;
  side_data_list?: {
    displaymatrix?: string;
    dv_profile?: number;
    dv_bl_signal_compatibility_id?: number;
  }[];
  tags?: { alpha_mode?: string; DURATION?: string };
}

interface Probed {
  streams?: ProbedStream[];
  format?: { start_time?: string };
}

const WANTED = [
  'stream=width,height,pix_fmt,avg_frame_rate,r_frame_rate,time_base,duration,sample_aspect_ratio,' +
    'color_range,color_space,color_transfer,color_primaries',
  'stream_tags=alpha_mode,DURATION',
  'stream_side_data=displaymatrix,dv_profile,dv_bl_signal_compatibility_id',
  'format=start_time',
].join(':');

/**
 * Asks ffprobe about the first video stream; cover pictures are none. Throws `clip-unreadable` where there is none,
 * and ffprobe's own errors.
 */
export async function probeVideo(file: string): Promise<VideoFacts> {
  const asked = ['-v', 'error', '-select_streams', 'V', '-show_entries', WANTED, '-of', 'json'];
  const { stdout } = await runFfmpeg('ffprobe', [...asked, literalPath(file)]);
  const { streams = [], format } = JSON.parse(stdout) as Probed;
  const [stream] = streams;
  if (!stream)
    throw new OsvosError(
      'clip-unreadable',
      'this file has no pictures',
      file,
      'give a video file or a folder of frames',
    );
  refuseDolbyVision(stream, file);
  const turn = readDisplayMatrix(stream.side_data_list?.find((data) => data.displaymatrix)?.displaymatrix);
  const notes: string[] = [];
  if (streams.length > 1) notes.push(`${streams.length} video streams in the file, the first is read`);
  if (turn.note !== undefined) notes.push(turn.note);
  if (stream.tags?.alpha_mode === '1' && !stream.pix_fmt?.startsWith('yuva'))
    notes.push('alpha channel not read: frames are as stored below it');
  const pixelAspect = parseFraction(stream.sample_aspect_ratio, ':');
  const square = pixelAspect === undefined || pixelAspect[0] === pixelAspect[1];
  if (!square)
    notes.push(`pixels are not square (${pixelAspect.join(':')}): frames and masks are of the stored size`);
  return {
    colours: stream,
    turn,
    pixelAspect: square ? undefined : pixelAspect,
    tick: parseFraction(stream.time_base) ?? [1, 1000],
    rates: [parseFraction(stream.avg_frame_rate), parseFraction(stream.r_frame_rate)].filter(
      (rate) => rate !== undefined,
    ),
    start: Number(format?.start_time) || 0,
    duration: Number(stream.duration) || parseClock(stream.tags?.DURATION),
    notes,
  };
}

/** `30000/1001`; `0/0`, where the file does not know, is nothing. */
function parseFraction(text = '', divider = '/'): Fraction | undefined {
  const [above, below] = text.split(divider).map(Number);
  return above > 0 && below > 0 ? [above, below] : undefined;
}

/** `00:00:01.040000000`, as Matroska has it. */
function parseClock(text = ''): number | undefined {
  const [hours, minutes, seconds] = text.split(':').map(Number);
  return 3600 * hours + 60 * minutes + seconds || undefined;
}

/** Profile 5 has colours of its own, which players without Dolby Vision show in green and violet. */
function refuseDolbyVision({ side_data_list = [] }: ProbedStream, file: string): void {
  const compatible = (data: { dv_bl_signal_compatibility_id?: number }) =>
    (data.dv_bl_signal_compatibility_id ?? 0) > 0;
  if (!side_data_list.some((data) => data.dv_profile === 5 && !compatible(data))) return;
  throw new OsvosError(
    'clip-unreadable',
    'the colours of Dolby Vision profile 5 cannot be read',
    file,
    'export the video as SDR or HDR10, or give a folder of frames',
  );
}
