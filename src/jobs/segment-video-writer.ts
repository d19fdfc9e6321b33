import { installFfmpeg, isMissing, runFfmpeg } from '../clips/ffmpeg.js';
import { OsvosError } from '../errors.js';

/**
 * Makes sure, before any work is done, that a video can be written at its end. Throws `cannot-write`.
 *
 * @param where what asked for the video, and `instead` what does without
 */
export async function requireVideoWriter(
  where = '--overlay-video',
  instead = 'use --overlays',
): Promise<void> {
  try {
    await runFfmpeg('ffmpeg', ['-version']);
  } catch (error) {
    const what = isMissing(error)
      ? 'videos are written by ffmpeg, which is not installed'
      : (error as Error).message;
    throw new OsvosError('cannot-write', what, where, `${installFfmpeg}, or ${instead}`, {
      cause: error,
    });
  }
}
