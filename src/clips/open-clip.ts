import { stat } from 'node:fs/promises';
import { OsvosError } from '../errors.js';
import type { Clip } from './clip.js';
import { openFolder } from './folder-clip.js';
import { openVideo } from './video-clip.js';

/** A part of the clip, by frame keys (see `resolveFrameKey`), both ends included. */
export interface ClipRange {
  from?: string;
  to?: string;
}

export interface OpenClipOptions extends ClipRange {
  /** Number of a video's first frame, default 0: shots keep the numbers that they have elsewhere (1001, 1002, …). */
  startNumber?: number;
}

/**
 * Opens a folder of frames, or a video file where ffmpeg is installed.
 * Throws `clip-unreadable`, `frame-sizes`, `unknown-frame` and `usage`, each naming the file.
 *
 * @example
 * const clip = await openClip('frames', { from: '10' });
 * for await (const frame of clip.frames()) console.log(frame.name);
 */
export async function openClip(source: string, options: OpenClipOptions = {}): Promise<Clip> {
  const found = await stat(source).catch((error: unknown) => {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'no such file or folder'
        : (error as Error).message;
    throw new OsvosError('clip-unreadable', reason, source, 'give a folder of frames or a video file', {
      cause: error,
    });
  });
  if (found.isDirectory()) {
    if (options.startNumber !== undefined) throw namedAlready(source, options.startNumber);
    return openFolder(source, options);
  }
  if (/\.(jpe?g|png|webp|tiff?|heic|heif|bmp)$/i.test(source)) {
    throw new OsvosError(
      'clip-unreadable',
      'one picture is no clip',
      source,
      'give the folder that holds the frames, or a video file',
    );
  }
  return openVideo(source, options);
}

function namedAlready(folder: string, startNumber: number): OsvosError {
  return new OsvosError(
    'usage',
    'frames of a folder keep the names of their files, only those of a video are numbered',
    `--start-number ${startNumber}, ${folder}`,
    'leave it out',
  );
}
