/** Area and confidence of each object in one frame. */
import { countLabels, type LabelMap, type Probabilities } from '../label-map.js';
import type { FrameFigures } from './run-record.js';

/**
 * @param objects ids in the order of the figures
 * @param probabilities what the labels came from; without them (a mask that was given) confidence is `null`
 */
export function frameFigures(
  name: string,
  labels: LabelMap,
  objects: number[],
  probabilities?: Probabilities,
): FrameFigures {
  const counts = countLabels(labels);
  return {
    name,
    areas: objects.map((id) => counts[id]),
    confidence: objects.map((id) => {
      const plane = probabilities && planeOf(probabilities, id);
      return plane && counts[id] > 0 ? round(sumOver(plane, labels, id) / counts[id]) : null;
    }),
  };
}

/** Probabilities of one object, `[height, width]`; undefined for an object that is not followed. */
export function planeOf(p: Probabilities, id: number): Float32Array | undefined {
  const k = p.ids.indexOf(id);
  const pixels = p.width * p.height;
  return k < 0 ? undefined : p.data.subarray(k * pixels, (k + 1) * pixels);
}

function sumOver(plane: Float32Array, labels: LabelMap, id: number): number {
  let sum = 0;
  for (let i = 0; i < plane.length; i++) if (labels.data[i] === id) sum += plane[i];
  return sum;
}

/** Three decimals are enough to find the frames to look at. */
function round(x: number): number {
  return Math.round(x * 1000) / 1000;
}
