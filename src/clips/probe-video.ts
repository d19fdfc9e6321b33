import { OsvosError } from '../errors.js';
import { literalPath, runFfmpeg } from './ffmpeg.js';

/** What a video file says about its picture. */
export interface VideoFacts {
  /** Displayed size, after the rotation that the file asks for. */
  width: number;
  height: number;
  /** Frames per second, on average; left out where the file does not say. */
  rate?: number;
  notes: string[];
}

interface ProbedStream {
  width: number;
  height: number;
  pix_fmt?: string;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  sample_aspect_ratio?: string;
  side_data_list?: { rotation?: number }[];
  tags?: { rotate?: string };
}

/**
 * Asks ffprobe about the first video stream. Throws `clip-unreadable` where there is none, and ffprobe's own
 * errors.
 */
export async function probeVideo(file: string): Promise<VideoFacts> {
  const wanted =
    'stream=width,height,pix_fmt,avg_frame_rate,r_frame_rate,sample_aspect_ratio:stream_tags=rotate:stream_side_data=rotation';
  const options = [
    '-v',
    'error',
    '-select_streams',
    'V:0',
    '-show_entries',
    wanted,
    '-of',
    'json',
    literalPath(file),
  ];
  const { stdout } = await runFfmpeg('ffprobe', options);
  const stream = (JSON.parse(stdout) as { streams?: ProbedStream[] }).streams?.[0];
  if (!stream)
    throw new OsvosError(
      'clip-unreadable',
      'this file has no pictures',
      file,
      'give a video file or a folder of frames',
    );
  const rotation = rotationOf(stream);
  const sideways = Math.abs(rotation) % 180 === 90;
  return {
    width: sideways ? stream.height : stream.width,
    height: sideways ? stream.width : stream.height,
    rate: parseRate(stream.avg_frame_rate) ?? parseRate(stream.r_frame_rate),
    notes: describe(stream, rotation),
  };
}

/** Degrees, counted as ffprobe does; newer files have a display matrix, older ones a tag. */
function rotationOf(stream: ProbedStream): number {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  return Math.round(matrix ?? Number(stream.tags?.rotate ?? 0));
}

/** `30000/1001` → 29.97; `0/0`, where the file does not know, → nothing. */
function parseRate(text = ''): number | undefined {
  const [frames, seconds = 1] = text.split('/').map(Number);
  return frames > 0 && seconds > 0 ? frames / seconds : undefined;
}

function describe(stream: ProbedStream, rotation: number): string[] {
  const notes: string[] = [];
  const format = stream.pix_fmt ?? '';
  if (rotation % 360 !== 0) notes.push('turned to the displayed orientation, as the video file asks');
  if (/(9|1[0246])(le|be)$/.test(format)) notes.push('more than 8 bits per channel, read as 8 bits');
  if (/^(yuva|rgba|bgra|argb|abgr|gbrap|ya)/.test(format)) notes.push('alpha channel dropped');
  const aspect = stream.sample_aspect_ratio ?? '1:1';
  if (aspect !== '1:1' && aspect !== '0:1')
    notes.push(`pixels are not square (${aspect}), frames are read as stored`);
  const average = parseRate(stream.avg_frame_rate);
  const nominal = parseRate(stream.r_frame_rate);
  if (average && nominal && Math.abs(average / nominal - 1) > 0.02) {
    notes.push(`variable frame rate, ${average.toFixed(2)} frames per second on average`);
  }
  return notes;
}
