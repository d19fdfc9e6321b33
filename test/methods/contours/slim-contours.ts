import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { untrainedContourNetwork } from '../../../src/methods/contours/contour-network.js';
import { writeSafetensors } from '../../../src/weights/safetensors.js';
import { writeRandomTrunk } from '../../end-to-end/random-trunk.js';

/** An untrained contour network on the smallest trunk, as a file. Needs an engine. */
export async function writeSlimContours(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'osvos-contours-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const base = path.join(folder, 'trunk.safetensors');
  await writeRandomTrunk(base, 'vgg19-slim');
  const { network } = await untrainedContourNetwork('vgg19-slim', base, 1);
  const file = path.join(folder, 'contours.safetensors');
  await writeSafetensors(file, await network.parameters.read(), { architecture: 'contour-vgg19-slim' });
  network.dispose();
  return file;
}
