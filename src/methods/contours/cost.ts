/** What finding contours costs, beside the method that makes the masks. */
import { networkSize, type Size } from '../../clips/network-size.js';
import { product, sum, trunkCost } from '../../networks/trunk-cost.js';
import type { TrunkName } from '../../networks/trunk-names.js';
import { createTrunk } from '../../networks/trunk.js';
import { addWork, noWork, type Work } from '../cost.js';
import { forward, forwardHeads, HELD_FORWARD, mapBytes, PARAMETER_BYTES } from '../network-cost.js';
import { contourHeads } from './contour-network.js';

/** @param scales factors on the frame's size */
export function contourCost(
  trunkName: TrunkName,
  frame: Size,
  scales: readonly number[],
): { frame: Work; bytes: number } {
  const trunk = createTrunk(trunkName);
  const heads = contourHeads(trunk);
  const looks = scales.map((scale) => {
    const short = Math.min(frame.width, frame.height) * scale;
    const size = networkSize({ width: frame.width * scale, height: frame.height * scale }, short);
    const stages = trunkCost(trunk, size);
    const cost = heads.cost({ stages, size, frozenStages: 0, scored: false });
    return {
      work: addWork(forward(stages), forwardHeads(cost)),
      bytes: HELD_FORWARD * (mapBytes(stages) + cost.mapBytes),
    };
  });
  const parameters = sum([...trunk.shapes.values(), ...heads.shapes.values()].map(product));
  return {
    frame: looks.reduce((total, { work }) => addWork(total, work), noWork),
    bytes: PARAMETER_BYTES * parameters + Math.max(...looks.map(({ bytes }) => bytes)),
  };
}
