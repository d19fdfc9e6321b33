/** The masks of a clip's frames. */
import { OsvosError } from '../../errors.js';
import { formatSize } from '../../frame.js';
import type { Clip } from '../clip.js';
import { describeFrames } from './describe-frames.js';
import { chooseSequence, listMasks, scanMasks, type ScannedMask } from './mask-folder.js';

export interface ClipMasks {
  /** One for each frame of the clip's range, in order. */
  masks: ScannedMask[];
  /** What was left out, one line each. */
  notes: string[];
}

/**
 * Masks `<frame>.png` of all frames `first` … `last`; RESULTS may hold several sequences, of which one is named as the
 * clip. Throws `results-incomplete` listing what is missing, or has no frame; `mask-size`, `mask-*`, `usage`.
 */
export async function masksOfClip(
  results: string,
  clip: Clip,
  onMask: () => void = () => undefined,
): Promise<ClipMasks> {
  const listed = chooseSequence(await listMasks(results), clip.name, results);
  const range = `frames are named ${clip.names[clip.first]} … ${clip.names[clip.last]}`;
  const wanted = clip.names.slice(clip.first, clip.last + 1);
  const [there, all] = [new Set(listed.frames), new Set(clip.names)];
  const strangers = listed.frames.filter((frame) => !all.has(frame));
  const missing = wanted.filter((frame) => !there.has(frame));
  if (strangers.length === listed.frames.length) {
    const what = `no mask is named as a frame of ${clip.name}`;
    const remedy = `${range}; --start-number counts those of a video from another number`;
    throw new OsvosError('results-incomplete', what, `${listed.folder} (${strangers[0]}.png, …)`, remedy);
  }
  if (missing.length > 0) {
    const what = `${missing.length} of ${wanted.length} masks are missing`;
    const where = `${listed.folder}: ${describeFrames(missing, wanted)}`;
    throw new OsvosError(
      'results-incomplete',
      what,
      where,
      'take a part of the clip by --from and --to, or segment the rest',
    );
  }
  const masks = await scanMasks(listed, wanted, onMask);
  const wrong = masks.filter(({ width, height }) => width !== clip.width || height !== clip.height);
  if (wrong.length > 0) {
    const frames = describeFrames(
      wrong.map(({ frame }) => frame),
      wanted,
    );
    throw new OsvosError(
      'mask-size',
      `${wrong.length} of ${wanted.length} masks have another size (${formatSize(wrong[0])}) than the frames (${formatSize(clip)})`,
      `${listed.folder}: ${frames}`,
      'give the clip that the masks were made for, or masks of its size',
    );
  }
  const notes: string[] = [];
  if (strangers.length > 0)
    notes.push(`masks of no frame, left out: ${describeFrames(strangers, listed.frames)}`);
  return { masks, notes };
}
