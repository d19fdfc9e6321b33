import type { Frame } from '../frame.js';
import { idsOf, labelsFromProbabilities, VOID, type LabelMap } from '../label-map.js';
import { smoothProbabilities, type BilateralOptions } from './bilateral-solver.js';
import type { Workspace } from './workspace.js';

/**
 * Labels whose outlines follow the frame's: each object's mask, as sure as can be, is smoothed along the colours, and a
 * pixel goes to the object that is then the likeliest, if it is likelier than not. Void stays void.
 *
 * @throws OsvosError `mask-size` where labels and frame differ in size
 */
export function smoothLabels(
  labels: LabelMap,
  frame: Pick<Frame, 'width' | 'height' | 'rgb'>,
  options: Partial<BilateralOptions> = {},
  work?: Workspace,
): LabelMap {
  const { width, height } = labels;
  const ids = idsOf(labels);
  const pixels = width * height;
  const sure = new Float32Array(ids.length * pixels);
  ids.forEach((id, k) => {
    for (let i = 0; i < pixels; i++) if (labels.data[i] === id) sure[k * pixels + i] = 1;
  });
  const smooth = smoothProbabilities({ ids, width, height, data: sure }, frame, options, work);
  const { data } = labelsFromProbabilities(smooth, 0.5);
  return { width, height, data: data.map((label, i) => (labels.data[i] === VOID ? VOID : label)) };
}
