/**
 * What is known of finished frames, appended line by line while a clip is segmented, so that a run that was killed
 * goes on without losing their figures. A frame stands in it once all its files are written.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { OsvosError } from '../errors.js';
import type { MemoryShare } from './memory-view.js';
import type { FrameFigures } from './run-record.js';

/** The log's name in the folder of checkpoints. */
export const FRAME_LOG = 'frames.jsonl';

export interface LoggedFrame extends FrameFigures {
  /** What the frame took: its share of waiting for decoder, network and encoder; 0 for a mask that was given. */
  seconds: number;
  /** The first frame that went through the network after a start. */
  warmUp?: boolean;
  /** What was read of the memory, where that was asked for. */
  memory?: MemoryShare[];
}

export interface FrameLog {
  append(frame: LoggedFrame): Promise<void>;
  close(): Promise<void>;
}

/** Frames of a log by name; lines that were cut off are left out. None where there is no log. */
export async function readFrameLog(file: string): Promise<Map<string, LoggedFrame>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new OsvosError('cannot-write', error.message, file, undefined, { cause: error });
  });
  const frames = new Map<string, LoggedFrame>();
  for (const line of text.split('\n').slice(0, -1)) {
    const frame = parse(line);
    if (frame) frames.set(frame.name, frame);
  }
  return frames;
}

/** A line on a full disk may be cut off, and the next then follow it at once: neither frame counts. */
function parse(line: string): LoggedFrame | undefined {
  try {
    return JSON.parse(line) as LoggedFrame;
  } catch {
    return undefined;
  }
}

/** Starts a log with the frames that are kept. Throws `cannot-write`. */
export async function startFrameLog(file: string, kept: Iterable<LoggedFrame>): Promise<FrameLog> {
  await writeFileAtomically(file, [...kept].map((frame) => JSON.stringify(frame) + '\n').join(''));
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'a');
    return {
      append: async (frame) => {
        await handle.appendFile(JSON.stringify(frame) + '\n').catch((error: Error) => {
          throw new OsvosError('cannot-write', error.message, file, undefined, { cause: error });
        });
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
  }
}
