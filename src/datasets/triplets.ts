/** Three pictures of the same objects in the order of time, to learn from how they are found again. */
import { OsvosError } from '../errors.js';
import { VOID } from '../label-map.js';
import type { Random } from '../random.js';
import {
  applyLight,
  bothLights,
  compose,
  drawLight,
  parentAugmentation,
  warp,
  type Affine,
  type AugmentationOptions,
} from './augmentation.js';
import { hideCells } from './hide-and-seek.js';
import { centredBoxOf, type Sample } from './sample.js';
import type { StillSample, VideoSample } from './training-samples.js';

/** Frames of one scene; labels: 0 = background, 1 … `objects`, 255 = void. */
export interface Triplet {
  samples: readonly Sample[];
  /** 1 or 2; each is seen in the first frame. */
  objects: number;
}

export interface TripletSource {
  /** Frames of each video, in order. */
  videos: readonly (readonly VideoSample[])[];
  /** Photographs with object ids, by the part of the data set that their names begin with; each is drawn as often. */
  stills: readonly (readonly StillSample[])[];
}

export interface TripletOptions {
  /** Sides of the square view, pixels. */
  crop: number;
  /** Share of triplets that are three frames of a video; the others are three views of one picture. */
  videos: number;
  /** Most frames, as filmed, between two pictures of a triplet of a video. */
  interval: number;
  /** Probability that a cell of a still is hidden (Hide-and-Seek); 0 = never. */
  hide: number;
}

/** Short side of a picture, in pixels, of which the view shows a part: objects are seen in all sizes between. */
const SHORT_SIDES = [230, 500] as const;
/** Share of views of stills that are made of frames of videos, where there are both. */
const FRAME_SHARE = 0.4;
const BACKWARDS_SHARE = 0.3;
/** Share of stills and of videos into which an object of another picture is pasted; and where it is a second object. */
const PASTE_SHARE = { still: 0.5, video: 0.3 };
const PASTED_OBJECT_SHARE = 0.6;
/** Share of pictures with several labelled objects of which two are followed. */
const SECOND_OBJECT_SHARE = 0.4;
/** Long side of a pasted object as a share of the view's side. */
const PASTED_SIZE = [0.15, 0.8] as const;
/** Least share of the view that an object covers in the first frame. */
const LEAST_SHARE = 0.002;
/** How far the object's middle may lie from the view's, as a share of its side. */
const OFF_CENTRE = 0.25;

/** What one frame differs by from the others: turn and shear in degrees, scale as a share, shift in pixels of a view of 256. */
interface Motion {
  turn: number;
  shear: number;
  scale: number;
  shift: number;
  /** Shift that grows from frame to frame. */
  drift: number;
}

/** Figures after Cheng et al. 2021 (STCN) and docs/experiments.md. */
const stillMotion: Motion = { turn: 15, shear: 10, scale: 0.12, shift: 20, drift: 20 };
const videoMotion: Motion = { turn: 5, shear: 3, scale: 0.05, shift: 5, drift: 0 };

const sharedLight: AugmentationOptions = {
  ...parentAugmentation,
  contrast: 0.2,
  brightness: 20,
  saturation: 0.3,
};
const frameLight: AugmentationOptions = {
  ...parentAugmentation,
  contrast: 0.08,
  brightness: 8,
  channels: 0.03,
  saturation: 0,
};

/** So many that a training does not end on a few pictures with tiny objects, and few enough to say so soon. */
const MOST_TRIES = 500;

/** Draws a triplet whose objects are all seen in its first frame. Throws `data-set` where the source gives none. */
export function drawTriplet(source: TripletSource, random: Random, options: TripletOptions): Triplet {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const triplet = tryTriplet(source, random, options);
    if (triplet && showsAll(triplet, options.crop)) return triplet;
  }
  const least = Math.ceil(LEAST_SHARE * options.crop * options.crop);
  throw new OsvosError(
    'data-set',
    `no view shows an object of ${least} pixels and background beside it, in ${MOST_TRIES} tries`,
    `views of ${options.crop} pixels`,
    'use pictures with larger objects',
  );
}

function showsAll({ samples: [first], objects }: Triplet, crop: number): boolean {
  const least = LEAST_SHARE * crop * crop;
  const counts = new Uint32Array(256);
  for (const label of first.labels) counts[label]++;
  return (
    counts[0] >= least && Array.from({ length: objects }, (_, k) => counts[k + 1]).every((n) => n >= least)
  );
}

function tryTriplet(source: TripletSource, random: Random, options: TripletOptions): Triplet | undefined {
  const { crop } = options;
  const moving = source.videos.length > 0 && random.chance(options.videos);
  const frames = moving ? drawFrames(source, random, options.interval) : drawStill(source, random);
  const ids = drawIds(frames[0], random);
  if (ids.length === 0) return undefined;
  const views = drawViews(frames, ids[0], random, crop, moving ? videoMotion : stillMotion);
  const samples = frames.map((frame, k) =>
    relabelled(warp(frame, views[k], { width: crop, height: crop }, { outside: 'mirrored' }), ids),
  );
  let objects = ids.length;
  if (random.chance(moving ? PASTE_SHARE.video : PASTE_SHARE.still)) {
    const labelled = objects === 1 && random.chance(PASTED_OBJECT_SHARE);
    if (!paste(samples, source, random, crop, labelled ? 2 : 0)) return undefined;
    if (labelled) objects = 2;
  }
  const light = drawLight(random, sharedLight);
  for (const { rgb } of samples) applyLight(rgb, bothLights(light, drawLight(random, frameLight)));
  if (!moving && options.hide > 0) for (const sample of samples) hideCells(sample, options.hide, random);
  return { samples, objects };
}

/** Three frames of a video, forwards or backwards; the last once more where there are not enough. */
function drawFrames({ videos }: TripletSource, random: Random, interval: number): VideoSample[] {
  const video = videos[random.integer(videos.length)];
  const order = random.chance(BACKWARDS_SHARE) ? [...video].reverse() : video;
  const picked = [random.integer(Math.max(1, order.length - 2))];
  for (let k = 1; k < 3; k++) {
    const from = picked[k - 1];
    let last = from;
    while (last + 1 < order.length && Math.abs(order[last + 1].time - order[from].time) <= interval) last++;
    // thinned videos have frames that lie farther apart than a small interval
    if (last === from) last = Math.min(from + 1, order.length - 1);
    picked.push(from + (last > from ? 1 + random.integer(last - from) : 0));
  }
  return picked.map((index) => order[index]);
}

/** The same picture three times. */
function drawStill({ videos, stills }: TripletSource, random: Random): Sample[] {
  const frames = videos.length > 0 && (stills.length === 0 || random.chance(FRAME_SHARE));
  const group = frames ? videos[random.integer(videos.length)] : stills[random.integer(stills.length)];
  const picture = group[random.integer(group.length)];
  return [picture, picture, picture];
}

/** One or two of a picture's objects. */
function drawIds(picture: Sample, random: Random): number[] {
  const counts = new Uint32Array(256);
  for (const label of picture.labels) counts[label]++;
  const least = LEAST_SHARE * picture.labels.length;
  const ids = [...counts.keys()].filter((id) => id > 0 && id < VOID && counts[id] >= least);
  if (ids.length === 0) return [];
  const [first] = ids.splice(random.integer(ids.length), 1);
  if (ids.length === 0 || !random.chance(SECOND_OBJECT_SHARE)) return [first];
  return [first, ids[random.integer(ids.length)]];
}

/** Affine maps from the pictures into the view. */
function drawViews(
  frames: readonly Sample[],
  id: number,
  random: Random,
  crop: number,
  motion: Motion,
): Affine[] {
  const [low, high] = SHORT_SIDES;
  const scale = (low * (high / low) ** random.next()) / Math.min(frames[0].width, frames[0].height);
  const boxes = frames.map((frame) => centredBoxOf(frame, id)).filter((box) => box !== undefined);
  const x = mean(boxes.map((box) => box.x)) + (random.uniform(-OFF_CENTRE, OFF_CENTRE) * crop) / scale;
  const y = mean(boxes.map((box) => box.y)) + (random.uniform(-OFF_CENTRE, OFF_CENTRE) * crop) / scale;
  const flip = random.chance(0.5) ? -1 : 1;
  const base: Affine = [flip * scale, 0, crop / 2 - flip * scale * x, 0, scale, crop / 2 - scale * y];
  return drawMotions(random, crop, motion, crop / 2, crop / 2).map((own) => compose(own, base));
}

/** Small affine maps about a point of the view, one for each frame. */
function drawMotions(random: Random, crop: number, motion: Motion, cx: number, cy: number): Affine[] {
  const about = (range: number) => random.uniform(-range, range);
  const unit = crop / 256;
  const drift = [about(motion.drift), about(motion.drift)];
  return [0, 1, 2].map((k) => {
    const turn = (about(motion.turn) * Math.PI) / 180;
    const shear = Math.tan((about(motion.shear) * Math.PI) / 180);
    const scale = 1 + about(motion.scale);
    const [cos, sin] = [scale * Math.cos(turn), scale * Math.sin(turn)];
    const dx = unit * (about(motion.shift) + k * drift[0]);
    const dy = unit * (about(motion.shift) + k * drift[1]);
    const [a, b, d, e] = [cos, cos * shear - sin, sin, sin * shear + cos];
    return [a, b, cx + dx - a * cx - b * cy, d, e, cy + dy - d * cx - e * cy];
  });
}

/** Labels of the objects that are followed become 1 and 2; others are background. */
function relabelled(sample: Sample, ids: readonly number[]): Sample {
  const labels = sample.labels.map((label) => (label === VOID ? VOID : ids.indexOf(label) + 1));
  return { ...sample, labels };
}

/** Pastes an object of another picture, moving by itself, into all frames; gives whether one was found. */
function paste(
  samples: readonly Sample[],
  { videos, stills }: TripletSource,
  random: Random,
  crop: number,
  label: number,
): boolean {
  const fromStills = stills.length > 0 && (videos.length === 0 || random.chance(0.7));
  const group = fromStills ? stills[random.integer(stills.length)] : videos[random.integer(videos.length)];
  const picture = group[random.integer(group.length)];
  const [id] = drawIds(picture, random);
  const box = id === undefined ? undefined : centredBoxOf(picture, id);
  if (!box) return false;
  const [low, high] = PASTED_SIZE;
  const scale = (low * (high / low) ** random.next() * crop) / Math.max(box.width, box.height);
  const [x, y] = [random.uniform(0.1, 0.9) * crop, random.uniform(0.1, 0.9) * crop];
  const flip = random.chance(0.5) ? -1 : 1;
  const placed: Affine = [flip * scale, 0, x - flip * scale * box.x, 0, scale, y - scale * box.y];
  drawMotions(random, crop, stillMotion, x, y).forEach((own, k) => {
    const sample = samples[k];
    const copy = warp(picture, compose(own, placed), sample);
    copy.labels.forEach((copied, i) => {
      if (copied !== id) return;
      for (let c = 0; c < 3; c++) sample.rgb[3 * i + c] = copy.rgb[3 * i + c];
      sample.labels[i] = label;
    });
  });
  return true;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
