import { literalPath, runFfmpeg } from './ffmpeg.js';

/** Sound that goes with a video. */
export interface SoundSource {
  file: string;
  /** Seconds from the file's start at which the pictures begin. */
  start: number;
  /** Seconds that it lasts; to its end when left out. */
  duration?: number;
}

/** Kinds of sound that every player finds in an MP4 file. */
const COPIED = ['aac', 'mp3', 'ac3', 'eac3', 'alac'];

/**
 * Options of ffmpeg that add the first sound stream: copied where MP4 holds its kind, else as AAC; none where there is
 * no sound. A copy begins with the first whole packet, some hundredths of a second, and stays in time.
 *
 * @param input number of the input that the sound is
 */
export async function soundOptions(
  { file, start, duration }: SoundSource,
  input: number,
): Promise<{ input: string[]; output: string[]; note?: string }> {
  const asked = [
    '-v',
    'error',
    '-select_streams',
    'a:0',
    '-show_entries',
    'stream=codec_name',
    '-of',
    'json',
  ];
  const { stdout } = await runFfmpeg('ffprobe', [...asked, literalPath(file)]);
  const codec = (JSON.parse(stdout) as { streams?: { codec_name?: string }[] }).streams?.[0]?.codec_name;
  if (codec === undefined) return { input: [], output: [] };
  const copied = COPIED.includes(codec);
  return {
    input: [
      ...(start > 0 ? ['-ss', start.toFixed(6)] : []),
      ...(duration === undefined ? [] : ['-t', duration.toFixed(6)]),
      ...['-vn', '-i', literalPath(file)],
    ],
    // what lies before a cut is left out; before the very start lies what a decoder needs to begin
    output: [
      ...['-map', `${input}:a:0`, '-c:a', copied ? 'copy' : 'aac'],
      ...(copied && start > 0 ? ['-copypriorss', '0'] : []),
    ],
    note: copied ? undefined : `sound in ${codec} becomes AAC, since MP4 holds no ${codec}`,
  };
}
