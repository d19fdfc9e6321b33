/**
 * The pictures of docs/memory.md: how stcn and kmn read their memory in a frame of the bundled clip.
 *
 *     node scripts/make-memory-pictures.mjs [--stcn WEIGHTS] [--kmn WEIGHTS]
 *
 * WEIGHTS are names or files; the methods' own when left out.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { register } from 'tsx/esm/api';

/** Three frames of the memory lie before it, and the object is half behind the pole. */
const FRAME = '00010';
const VIEWS = { stcn: 'region', kmn: '190,150' };
const JPEG_QUALITY = 82;

const project = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { stcn: { type: 'string' }, kmn: { type: 'string' } } });
register();
const { syntheticDefaults } = await import('../src/clips/synthetic/defaults.ts');
const { writeSyntheticClip, syntheticSequence, syntheticSplit } =
  await import('../src/clips/synthetic/write-synthetic-clip.ts');

const runs = path.join(project, 'runs', 'memory-pictures');
const clip = path.join(runs, 'clip');
await writeSyntheticClip(clip, syntheticDefaults);
for (const [method, view] of Object.entries(VIEWS)) {
  const out = path.join(runs, method);
  const weights =
    values[method] === undefined
      ? []
      : ['--weights', existsSync(values[method]) ? path.resolve(values[method]) : values[method]];
  const args = ['segment', '--davis', clip, '--split', syntheticSplit, '--method', method, ...weights];
  execFileSync(
    process.execPath,
    [path.join(project, 'bin', 'dev.js'), ...args, '--viz-memory', view, '--out', out, '--force'],
    { stdio: 'inherit' },
  );
  await sharp(path.join(out, 'memory', syntheticSequence, `${FRAME}.png`))
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4', mozjpeg: true })
    .toFile(path.join(project, 'docs', `memory-${method}.jpg`));
}
