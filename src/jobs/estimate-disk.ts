/** Bytes that a run writes, and those that are gone when it is finished. */
import { encodeIndexedPng } from '../clips/indexed-png.js';
import type { MethodCost } from '../methods/cost.js';
import type { Amount } from './estimate.js';
import type { SegmentInput } from './segment-input.js';
import type { SegmentSettings } from './segment-options.js';

/** Bytes for each pixel of a frame, of photographs with an object. */
const MASK = 0.01; // only where no mask was given that could be asked
const OVERLAY = 0.3; // JPEG
const OVERLAY_VIDEO = 0.1; // H.264
const CONTOURS = 0.3; // 8-bit PNG
const MEMORY_SHEET = 0.7e6; // whatever the frame's size
const PROBABILITY = 0.5; // 16-bit PNG of one object: mostly flat
/** What the record tells of a frame, and of each object in it. */
const RECORD = 60;
const RECORD_OBJECT = 15;

/** @returns bytes of the results, and of the checkpoints beside them */
export function estimateDisk(
  cost: MethodCost,
  { frame, objects, frames, learnt }: Amount,
  { masks }: Pick<SegmentInput, 'masks'>,
  settings: SegmentSettings,
): { results: number; temporary: number } {
  const pixels = frame.width * frame.height;
  const { overlays, overlayVideo, saveProbabilities, saveNetwork, snap, vizMemory } = settings;
  // masks of a clip compress about as well as the ones that were given
  const given = masks.map(({ labels }) => encodeIndexedPng(labels).length);
  const mask = given.length > 0 ? Math.max(...given) : MASK * pixels;
  const each =
    mask +
    (overlays || overlayVideo ? OVERLAY * pixels : 0) +
    (overlayVideo ? OVERLAY_VIDEO * pixels : 0) +
    (snap?.saveContours ? 2 * CONTOURS * pixels : 0) +
    (vizMemory ? MEMORY_SHEET * objects : 0) +
    (saveProbabilities ? PROBABILITY * pixels * objects : 0) +
    RECORD +
    RECORD_OBJECT * objects;
  return {
    results: (frames + masks.length) * each + (saveNetwork ? cost.stateBytes : 0),
    temporary: cost.stateBytes + (learnt > 0 ? cost.checkpointBytes : 0),
  };
}
