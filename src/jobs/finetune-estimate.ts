/** What fine-tuning into a file will take. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { learnsAnything } from '../methods/cost.js';
import { sizeSeen, type Method } from '../methods/method.js';
import { objectsIn } from './estimate.js';
import { foresee, type Foresight, type Place } from './estimate-run.js';
import type { SegmentInput } from './segment-input.js';
import { keptFile } from './segment-learn.js';
import type { CommonOptions } from './segment-options.js';

/** What is asked for, as far as it counts. */
interface FinetuneAhead<Options> {
  input: SegmentInput;
  options: Options;
  out: string;
  force: boolean;
  ignoreMemoryLimit?: boolean;
}

/**
 * Estimates it, and makes sure that the machine can do it. Undefined for methods that foretell nothing.
 *
 * @param checkpoints folder in which an interrupted call has left them
 * @throws OsvosError as `foresee`
 */
export async function estimateFinetune<Options extends CommonOptions>(
  { input, options, out, force, ignoreMemoryLimit = false }: FinetuneAhead<Options>,
  method: Method<Options>,
  checkpoints: string,
  place: Place,
): Promise<Foresight | undefined> {
  const { clip, masks, objects } = input;
  const { size } = options;
  const costAt = (at: number) => method.cost?.({ ...options, size: at }, clip, objects.length, masks.length);
  const cost = costAt(size);
  if (!cost) return undefined;
  const kept = keptFile(checkpoints, masks.map(({ index }) => index)); // prettier-ignore
  const learns = (force || !existsSync(kept)) && learnsAnything(cost);
  const amount = {
    frame: clip,
    objects: objects.length,
    frames: 0,
    passes: 0,
    learnt: learns ? objectsIn(masks) : 0,
  };
  const { stateBytes, checkpointBytes } = cost;
  const disk = { results: stateBytes, temporary: stateBytes + (learns ? checkpointBytes : 0) };
  const folder = path.dirname(out);
  const seen = sizeSeen(method, clip, size);
  return foresee({ clip, size, seen, cost, costAt, amount, disk, folder, ignoreMemoryLimit }, place);
}
