/** A trunk that was never trained, for tests that need no weights from outside. */
import { createRandom } from '../../src/random.js';
import { writeSafetensors } from '../../src/weights/safetensors.js';
import { trunkShapes } from '../../src/weights/trunk-shapes.js';
import type { TrunkArchitecture } from '../../src/weights/trunk-inputs.js';
import { numbers } from '../weights/trunk-file.js';

/** Writes weights drawn as He et al. (2015) initialise: what goes through keeps its size. */
export async function writeRandomTrunk(file: string, trunk: TrunkArchitecture): Promise<void> {
  const random = createRandom(1);
  const entries = [...trunkShapes(trunk)].map(([name, shape]) => {
    const spread = shape.length === 4 ? Math.sqrt(2 / (shape[0] * shape[1] * shape[2])) : 0;
    return [name, numbers(shape, () => spread * random.normal())] as const;
  });
  await writeSafetensors(file, new Map(entries));
}
