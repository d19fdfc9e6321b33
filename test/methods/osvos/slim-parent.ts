import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from '../../../src/frame.js';
import type { LabelMap } from '../../../src/label-map.js';
import { osvosDefaults, type OsvosOptions } from '../../../src/methods/osvos/defaults.js';
import type { HeadsName } from '../../../src/networks/heads.js';
import { createHeads, osvosShapes } from '../../../src/networks/osvos-network.js';
import { createTrunk } from '../../../src/networks/trunk.js';
import { createRandom } from '../../../src/random.js';
import { writeSafetensors } from '../../../src/weights/safetensors.js';
import type { Weights } from '../../../src/weights/weights.js';

/** A parent network on the smallest trunk with random numbers: enough to learn one small picture by heart. */
export async function writeSlimParent(heads: HeadsName = 'side-outputs'): Promise<string> {
  const random = createRandom(5);
  const trunk = createTrunk('vgg19-slim');
  const untrained = createHeads(trunk, { heads, crop: 'fixed' });
  const weights: Weights = new Map();
  for (const [name, shape] of osvosShapes(trunk, untrained)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const deviation = name.endsWith('.bias') ? 0 : Math.sqrt((2 * shape[shape.length - 1]) / size); // He et al. 2015
    weights.set(name, {
      dtype: 'F32',
      shape: [...shape],
      data: Float32Array.from({ length: size }, () => deviation * random.normal()),
    });
  }
  // pictures come in the range 0–255: the first convolution brings them to about 1
  const first = weights.get('stage1.conv1.weight')!;
  first.data = (first.data as Float32Array).map((value) => value / 64);
  for (const [name, tensor] of untrained.initial(random)) weights.set(name, tensor);
  const folder = await mkdtemp(path.join(tmpdir(), 'osvos-parent-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'slim.safetensors');
  await writeSafetensors(file, weights, { architecture: 'osvos-vgg19-slim', crop: 'fixed', heads });
  return file;
}

export function slimOptions(parent: string, changes: Partial<OsvosOptions> = {}): OsvosOptions {
  return {
    ...osvosDefaults,
    trunk: 'vgg19-slim',
    parent,
    trunkRate: 1e-3,
    headRate: 3e-3,
    iterations: 60,
    adaptEvery: 0,
    scales: [1],
    roi: undefined,
    size: 32,
    ...changes,
  };
}

/** A red disk (object 1) and a blue square (object 2) on a striped ground. */
export function twoObjects(index = 0, width = 48, height = 32): { frame: Frame; labels: LabelMap } {
  const rgb = new Uint8Array(3 * width * height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const disk = (x - 13) ** 2 + (y - 15) ** 2 < 64;
      const square = x >= 28 && x < 42 && y >= 8 && y < 22;
      data[i] = disk ? 1 : square ? 2 : 0;
      rgb.set(
        disk ? [220, 30, 40] : square ? [30, 60, 220] : (x >> 2) % 2 ? [90, 110, 90] : [150, 150, 140],
        3 * i,
      );
    }
  }
  return {
    frame: { index, name: String(index).padStart(5, '0'), width, height, rgb },
    labels: { width, height, data },
  };
}
