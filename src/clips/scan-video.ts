import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { literalPath, runFfmpeg } from './ffmpeg.js';
import type { TimeStamp } from './frame-times.js';

/** What the decoder really gives: headers lie about cut and damaged files. */
export interface VideoScan {
  /** One for each frame, in the order in which they are shown. */
  stamps: TimeStamp[];
  /** How many of them are interlaced. */
  interlaced: number;
  /** First line that ffmpeg complained with; empty where all went well. */
  complaint: string;
}

/** Decodes a video once and looks at its frames. Throws `frame-sizes` where they change, ffprobe's own errors. */
export async function scanVideo(file: string): Promise<VideoScan> {
  // `pkt_duration` became `duration` in ffmpeg 6
  const entries =
    'frame=best_effort_timestamp,pkt_duration,duration,width,height,pix_fmt,interlaced_frame:side_data=';
  const { stdout, stderr } = await runFfmpeg('ffprobe', [
    ...['-v', 'error', '-threads', '0', '-select_streams', 'V:0'],
    ...['-show_entries', entries, '-of', 'compact=p=0', literalPath(file)],
  ]);
  const stamps: TimeStamp[] = [];
  let interlaced = 0;
  let first: Record<string, string> | undefined;
  for (const line of stdout.split('\n')) {
    if (!line.includes('best_effort_timestamp=')) continue;
    const frame = Object.fromEntries(line.split('|').map((entry) => entry.split('='))) as Record<
      string,
      string
    >;
    first ??= frame;
    refuseChange(frame, first, stamps.length, file);
    stamps.push({
      start: parseTicks(frame.best_effort_timestamp),
      duration: parseTicks(frame.duration) ?? parseTicks(frame.pkt_duration),
    });
    if (frame.interlaced_frame === '1') interlaced++;
  }
  return { stamps, interlaced, complaint: stderr.trim().split('\n')[0] };
}

/** `N/A`, where the file does not say, is nothing. */
function parseTicks(text?: string): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function refuseChange(
  frame: Record<string, string>,
  first: Record<string, string>,
  index: number,
  file: string,
): void {
  const describe = ({ width, height, pix_fmt }: Record<string, string>) =>
    `${formatSize({ width: Number(width), height: Number(height) })} ${pix_fmt}`;
  if (describe(frame) === describe(first)) return;
  throw new OsvosError(
    'frame-sizes',
    `the video changes from ${describe(first)} to ${describe(frame)} at frame ${index}`,
    file,
    'cut it there, or export it at one size',
  );
}
