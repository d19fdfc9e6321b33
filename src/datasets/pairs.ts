import { VOID } from '../label-map.js';
import { createRandom, type Random } from '../random.js';
import {
  augment,
  changeLight,
  compose,
  drawAffine,
  fitInto,
  parentAugmentation,
  warp,
  type Affine,
  type AugmentationOptions,
} from './augmentation.js';
import { centredBoxOf, type Sample } from './sample.js';

/** Two pictures of one object, for learning to find in the one what was shown in the other. */
export interface Pair {
  samples: readonly [Sample, Sample];
  /** Whether the target is an object that was pasted in, with the picture's own object as background. */
  pasted: boolean;
}

export interface PairSource {
  /** Frames of each video, in order. */
  videos: readonly (readonly Sample[])[];
  /** Photographs. */
  stills: readonly Sample[];
}

/** What both pictures of a pair share; objects are also seen larger than at the network's size, as at finer ones. */
const sharedAugmentation: AugmentationOptions = {
  ...parentAugmentation,
  rotation: 20,
  scale: [0.75, 1.8],
  contrast: 0.15,
  brightness: 15,
};

/** What differs between the two frames of a video, beside what the video itself changes. */
const frameMotion: AugmentationOptions = {
  flip: 0,
  rotation: 8,
  scale: [0.9, 1.11],
  shift: 0.05,
  contrast: 0.1,
  brightness: 8,
  channels: 0.03,
  saturation: 0,
};

/** The same for one photograph that is seen twice, and for what is pasted in. */
const stillMotion: AugmentationOptions = {
  ...frameMotion,
  rotation: 20,
  scale: [0.75, 1.33],
  shift: 0.15,
};

/** Share of pairs made of one photograph, where there are any. */
const STILL_SHARE = 0.15;
/** Share of pairs into which an object of another picture is pasted, and of these the share where it is the target. */
const PASTE_SHARE = 0.5;
const PASTED_TARGET_SHARE = 0.4;
/** Long side of a pasted object as a share of the canvas's short side. */
const PASTED_SIZE = [0.2, 0.8] as const;
/** Pixels of the target that both pictures must show. */
const LEAST_PIXELS = 60;

/** Draws a pair. Both pictures are on the canvas, show the target and background. */
export function drawPair(
  source: PairSource,
  random: Random,
  canvas: { width: number; height: number },
): Pair {
  const maximalTries = 20;
  for (let attempt = 0; attempt < maximalTries; attempt++) {
    const pair = tryPair(source, random, canvas);
    if (pair.samples.every(showsTarget)) return pair;
  }
  const sample = source.videos[0]?.[0] ?? source.stills[0];
  const plain = () => augment(sample, random, frameMotion, canvas);
  return { samples: [plain(), plain()], pasted: false };
}

function showsTarget({ labels }: Sample): boolean {
  let pixels = 0;
  for (const label of labels) if (label === 1) pixels++;
  return pixels >= LEAST_PIXELS && labels.includes(0);
}

function tryPair(
  { videos, stills }: PairSource,
  random: Random,
  canvas: { width: number; height: number },
): Pair {
  const still = videos.length === 0 || (stills.length > 0 && random.chance(STILL_SHARE));
  const group = still ? [stills[random.integer(stills.length)]] : videos[random.integer(videos.length)];
  const shared = drawAffine(random, sharedAugmentation, canvas.width, canvas.height);
  const motion = still ? stillMotion : frameMotion;
  const first = random.integer(group.length);
  const second = group.length > 1 ? (first + 1 + random.integer(group.length - 1)) % group.length : first;
  const samples = [group[first], group[second]].map((sample) => {
    const fitted = compose(shared, fitInto(sample, canvas));
    return warp(sample, compose(drawAffine(random, motion, canvas.width, canvas.height), fitted), canvas);
  }) as [Sample, Sample];
  const pasted = random.chance(PASTE_SHARE) ? paste(samples, { videos, stills }, random, canvas) : false;
  const seed = random.integer(2 ** 31);
  for (const sample of samples) {
    changeLight(sample.rgb, createRandom(seed), sharedAugmentation);
    changeLight(sample.rgb, random, frameMotion);
  }
  return { samples, pasted };
}

/** Pastes an object of another picture into both pictures; gives whether it is the target. */
function paste(
  samples: readonly Sample[],
  { videos, stills }: PairSource,
  random: Random,
  canvas: { width: number; height: number },
): boolean {
  const other = stills.length > 0 && random.chance(0.7) ? stills : videos[random.integer(videos.length)];
  const object = other[random.integer(other.length)];
  const box = centredBoxOf(object, 1);
  if (!box) return false;
  const target = random.chance(PASTED_TARGET_SHARE);
  const long = random.uniform(...PASTED_SIZE) * Math.min(canvas.width, canvas.height);
  const scale = long / Math.max(box.width, box.height);
  const [x, y] = [random.uniform(0.1, 0.9) * canvas.width, random.uniform(0.1, 0.9) * canvas.height];
  const placed: Affine = [scale, 0, x - scale * box.x, 0, scale, y - scale * box.y];
  const flip: Affine = random.chance(0.5) ? [-1, 0, 2 * x, 0, 1, 0] : [1, 0, 0, 0, 1, 0];
  for (const sample of samples) {
    const about = drawAffine(random, stillMotion, 2 * x, 2 * y); // turns and grows about the object's place
    const copy = warp(object, compose(about, compose(flip, placed)), canvas);
    sample.labels.forEach((label, i) => {
      const covered = copy.labels[i] === 1;
      if (covered) for (let k = 0; k < 3; k++) sample.rgb[3 * i + k] = copy.rgb[3 * i + k];
      if (covered) sample.labels[i] = target ? 1 : 0;
      else if (target && label !== VOID) sample.labels[i] = 0;
    });
  }
  return target;
}
