/**
 * A short clip with ground truth, made from a seed: creatures with patterned skins swim over a reef that the camera
 * pans along. The objects deform, turn and move on smooth paths; a look-alike has the colours of the first object,
 * and a pole passes in front of it. Demo and tests need nothing from outside because of it.
 */
import { OsvosError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import type { LabelMap } from '../../label-map.js';
import { createRandom, deriveSeed } from '../../random.js';
import { drawCreature, drawShadow, poseAt, type Canvas } from './creature.js';
import { MOST_OBJECTS, SMALLEST_SIDE, type SyntheticOptions } from './defaults.js';
import { develop, shade } from './light.js';
import { drawOccluder } from './occluder.js';
import { createScene, type Camera, type Scene } from './scene.js';
import { sampleTile, type Tile } from './tile.js';

export interface SyntheticClip {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Picture `i`, 0 ≤ i < frames; computed anew at each call. */
  frame(i: number): Frame;
  /** Truth of frame `i`: what is seen of objects 1 … n; 0 elsewhere, on the look-alike and on the pole too. */
  labels(i: number): LabelMap;
}

/** Makes a clip of which each frame is computed when asked for. Throws `usage` (exit 2) for options out of range. */
export function createSyntheticClip(options: SyntheticOptions): SyntheticClip {
  checkOptions(options);
  const { width, height, frames, seed } = options;
  const scene = createScene(options);
  const blank = (): Canvas => ({
    width,
    height,
    rgb: new Float32Array(width * height * 3),
    labels: new Uint8Array(width * height),
  });
  const checkIndex = (i: number) => {
    if (Number.isInteger(i) && i >= 0 && i < frames) return;
    throw new OsvosError('unknown-frame', `the clip has no frame ${i}`, `frames 0 to ${frames - 1}`);
  };
  return {
    width,
    height,
    frames,
    frame(i) {
      checkIndex(i);
      const canvas = blank();
      drawGround(canvas, scene.ground(), scene.camera, i);
      drawLife(canvas, scene, i);
      shade(canvas.rgb, width, height, scene.light, i);
      const grain = createRandom(deriveSeed(seed, `grain ${i}`));
      const rgb = develop(canvas.rgb, width, height, scene.light, grain);
      return { index: i, name: String(i).padStart(5, '0'), width, height, rgb };
    },
    labels(i) {
      checkIndex(i);
      const canvas = blank();
      drawLife(canvas, scene, i);
      return { width, height, data: canvas.labels };
    },
  };
}

/** Look-alike, objects and poles, each over what lies behind it. */
function drawLife(canvas: Canvas, scene: Scene, frame: number): void {
  const poses = scene.creatures.map((creature) => poseAt(creature, frame));
  for (const pose of poses) drawShadow(canvas, pose);
  for (const pose of poses) drawCreature(canvas, pose);
  drawOccluder(canvas, scene.occluder, frame);
}

/** The ground as the camera sees it. */
function drawGround(canvas: Canvas, ground: Tile, camera: Camera, frame: number): void {
  const { width, height, rgb } = canvas;
  const zoom = 1 + camera.zoom * Math.sin(0.05 * frame);
  const centreX = camera.x + camera.speed * frame;
  const centreY = camera.y + camera.swayY * Math.sin(0.045 * frame);
  for (let y = 0; y < height; y++) {
    const v = centreY + (y - height / 2) / zoom;
    for (let x = 0; x < width; x++) {
      sampleTile(ground, centreX + (x - width / 2) / zoom, v, rgb, (y * width + x) * 3);
    }
  }
}

function checkOptions(options: SyntheticOptions): void {
  const check = (fits: boolean, what: string, remedy: string) => {
    if (!fits) throw new OsvosError('usage', what, 'synthetic clip', remedy);
  };
  const { width, height, frames, objects, seed } = options;
  const whole = [width, height, frames, objects, seed].every((value) => Number.isSafeInteger(value));
  check(whole, 'size, frames, objects and seed must be whole numbers', 'leave out decimals');
  check(
    Math.min(width, height) >= SMALLEST_SIDE,
    `frames of ${width}×${height} are too small`,
    `use at least ${SMALLEST_SIDE} pixels a side`,
  );
  check(frames >= 1, `${frames} frames are no clip`, 'use at least 1');
  check(
    objects >= 1 && objects <= MOST_OBJECTS,
    `${objects} objects cannot be drawn`,
    `use 1 to ${MOST_OBJECTS}`,
  );
}
