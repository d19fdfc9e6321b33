/**
 * The picture at the top of the README: three frames of the demo's overlays side by side.
 *
 *     npm run demo && node scripts/make-readme-picture.mjs
 */
import path from 'node:path';
import sharp from 'sharp';

const FRAMES = ['00000', '00012', '00022'];
const GAP = 8;
const overlays = path.join('runs', 'demo', 'results', 'overlays', 'reef');

const files = FRAMES.map((frame) => path.join(overlays, `${frame}.jpg`));
const { width, height } = await sharp(files[0]).metadata();
const canvas = { width: FRAMES.length * (width + GAP) - GAP, height, channels: 3, background: 'white' };
await sharp({ create: canvas })
  .composite(files.map((input, i) => ({ input, left: i * (width + GAP), top: 0 })))
  .jpeg({ quality: 85 })
  .toFile(path.join('docs', 'demo.jpg'));
