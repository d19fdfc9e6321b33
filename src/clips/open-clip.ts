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

/**
 * Opens a folder of frames, or a video file where ffmpeg is installed.
 * Throws `clip-unreadable`, `frame-sizes`, `unknown-frame` and `usage`, each naming the file.
 *
 * @example
 * const clip = await openClip('frames', { from: '10' });
 * for await (const frame of clip.frames()) console.log(frame.name);
 */
export async function openClip(source: string, options: ClipRange = {}): Promise<Clip> {
  const found = await stat(source).catch((error: unknown) => {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'no such file or folder'
        : (error as Error).message;
    throw new OsvosError('clip-unreadable', reason, source, 'give a folder of frames or a video file', {
      cause: error,
    });
  });
  if (found.isDirectory()) return openFolder(source, options);
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
