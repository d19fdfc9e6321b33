import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

/** How a user gets ffmpeg; one line, all systems. */
export const installFfmpeg =
  'install it (Debian, Ubuntu: sudo apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg)';

const OUTPUT_LIMIT = 1 << 28; // bytes of text that ffprobe may print: a line for each frame of a long video

/** Whether an error of a child process says that the program is not there. */
export function isMissing(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' && syscall?.startsWith('spawn') === true;
}

/** Runs ffmpeg or ffprobe to its end and gives what it printed. Throws the child process's own error. */
export async function runFfmpeg(
  program: 'ffmpeg' | 'ffprobe',
  options: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(program, options, { maxBuffer: OUTPUT_LIMIT, windowsHide: true });
}

/**
 * Starts ffmpeg with pipes. It gets a process group of its own, so that Ctrl-C on the terminal reaches it
 * only through us: the frame that is being worked on can be finished first.
 */
export function startFfmpeg(options: readonly string[]): ChildProcess & {
  stdin: NodeJS.WritableStream;
  stdout: NodeJS.ReadableStream;
  stderr: NodeJS.ReadableStream;
} {
  return spawn('ffmpeg', options, { detached: process.platform !== 'win32', windowsHide: true });
}

/** What ffmpeg said about a failure, shortened to its last line. */
export function lastLine(log: string): string {
  return log.trim().split('\n').at(-1)?.trim() ?? '';
}

/** A path as ffmpeg takes it literally: names with colons or leading dashes are no protocols or options. */
export function literalPath(file: string): string {
  return `file:${file}`;
}

let passthrough: string[] | undefined;

/** The option that neither doubles nor drops frames: renamed in ffmpeg 5.1. Throws where ffmpeg is missing. */
export async function passFramesThrough(): Promise<string[]> {
  if (passthrough) return passthrough;
  const { stdout } = await runFfmpeg('ffmpeg', ['-version']);
  const [, major, minor] = /^ffmpeg version \D?(\d+)\.(\d+)/.exec(stdout) ?? [];
  const old = major !== undefined && (Number(major) < 5 || (major === '5' && minor === '0'));
  return (passthrough = [old ? '-vsync' : '-fps_mode', 'passthrough']);
}

/** Which of these filters or bitstream filters the installed ffmpeg lacks. Throws where ffmpeg is missing. */
export async function missingFilters(
  wanted: readonly string[],
  list: '-filters' | '-bsfs' = '-filters',
): Promise<string[]> {
  const { stdout } = await runFfmpeg('ffmpeg', ['-hide_banner', list]);
  const there = new Set(stdout.split(/\s+/));
  return wanted.filter((name) => !there.has(name));
}
