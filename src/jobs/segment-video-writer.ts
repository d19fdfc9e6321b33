import { installFfmpeg, isMissing, runFfmpeg } from '../clips/ffmpeg.js';
import { OsvosError } from '../errors.js';

/** Makes sure, before any work is done, that a video can be written at its end. Throws `cannot-write`. */
export async function requireVideoWriter(): Promise<void> {
  try {
    await runFfmpeg('ffmpeg', ['-version']);
  } catch (error) {
    const what = isMissing(error)
      ? 'videos are written by ffmpeg, which is not installed'
      : (error as Error).message;
    throw new OsvosError('cannot-write', what, '--overlay-video', `${installFfmpeg}, or use --overlays`, {
      cause: error,
    });
  }
}
