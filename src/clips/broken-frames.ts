import { OsvosError } from '../errors.js';
import { literalPath, runFfmpeg } from './ffmpeg.js';

/** A frame whose picture is lost or guessed. */
export interface BrokenFrame {
  index: number;
  reason: string;
}

interface Entry {
  type: 'packet' | 'frame';
  pts?: number;
  best_effort_timestamp?: number;
  flags?: string;
  logs?: { message?: string }[];
}

/** Complaints about bookkeeping of a stream, whose pictures are whole. */
const HARMLESS =
  /mmco|unref short|reference frames exceeds|non-existing [PS]PS|co located POC|SEI|VUI|no frame!|timestamp|DTS|backward/i;

/** ffmpeg's remark without the part that made it and its address: `[h264 @ 0x55…] …`. */
export function withoutSender(message: string): string {
  return message.trim().replace(/^\[[^\]]*\]\s*/, '');
}

/**
 * Finds out which frames a complaint of ffmpeg is about: those that the decoder remarked on, and packets that no frame
 * came from. Slow, on one thread, so that each remark comes with its frame.
 */
export async function findBrokenFrames(file: string): Promise<BrokenFrame[]> {
  const { stdout } = await runFfmpeg('ffprobe', [
    ...['-v', 'error', '-threads', '1', '-select_streams', 'V:0', '-show_log', '16'],
    ...['-show_entries', 'packet=pts,flags:frame=best_effort_timestamp:log=message:packet_side_data='],
    ...['-of', 'json', literalPath(file)],
  ]);
  const parsed = JSON.parse(stdout) as { packets_and_frames?: Entry[] };
  const entries = parsed.packets_and_frames ?? [];
  const frames = entries.filter(({ type }) => type === 'frame');
  const times = frames.map((frame) => frame.best_effort_timestamp ?? NaN);
  const broken = new Map<number, string>();
  frames.forEach(({ logs = [] }, index) => {
    const remark = logs
      .map(({ message = '' }) => withoutSender(message))
      .find((text) => !HARMLESS.test(text));
    if (remark !== undefined) broken.set(index, remark);
  });
  const shown = new Set(times);
  for (const { type, pts, flags = '' } of entries) {
    if (type !== 'packet' || pts === undefined || flags.includes('D') || shown.has(pts)) continue;
    const index = times.filter((time) => time < pts).length;
    // before the first frame there is nothing that a later one could be taken for: a recording that began in the middle
    if (index > 0 && !broken.has(index)) broken.set(index, 'it cannot be decoded');
  }
  return [...broken].map(([index, reason]) => ({ index, reason })).sort((a, b) => a.index - b.index);
}

/**
 * The error that names the first of the broken frames.
 *
 * @param first index of the first frame that is wanted
 */
export function brokenFrames(
  broken: readonly BrokenFrame[],
  names: readonly string[],
  first: number,
  file: string,
): OsvosError {
  const [{ index, reason }] = broken;
  const name = names[index];
  const what =
    name === undefined
      ? `the video breaks off after frame ${names.at(-1)} (${reason})`
      : `frame ${name} is damaged (${reason})${broken.length > 1 ? `, and ${broken.length - 1} more after it` : ''}`;
  const flags =
    index > first ? `--to ${names[Math.min(index, names.length) - 1]}` : `--from ${names[index + 1]}`;
  return new OsvosError(
    'clip-unreadable',
    what,
    file,
    `export the video again, ${index > first || index + 1 < names.length ? `leave frames out (${flags}), ` : ''}` +
      `or take what can be saved: ffmpeg -i ${JSON.stringify(file)} -crf 12 mended.mp4`,
  );
}
