/** One overlay early on, so that a wrong mask is seen within seconds. */
import type { Clip } from '../clips/clip.js';
import { writeOverlay } from '../clips/overlay.js';
import { labelsFromProbabilities } from '../label-map.js';
import type { Segmenter } from '../methods/method.js';
import type { Report } from '../progress.js';

/** Segments the clip's middle frame as far as the segmenter has learnt, writes its overlay and says where. */
export async function writePreview(
  clip: Clip,
  segmenter: Segmenter,
  threshold: number,
  file: string,
  report: Report,
): Promise<void> {
  const frame = await clip.frame(Math.floor((clip.first + clip.last) / 2));
  const labels = labelsFromProbabilities(await segmenter.segment(frame), threshold);
  await writeOverlay(file, frame, labels);
  report({ kind: 'note', text: `preview of frame ${frame.name} after the first steps: ${file}` });
}
