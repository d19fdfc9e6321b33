/** `--roi auto`: a method sees an enlarged part of the frame, around where the objects were last. */
import type { Size } from '../clips/network-size.js';
import { resizeLabels, resizePicture } from '../clips/resize.js';
import type { Frame } from '../frame.js';
import { labelsFromProbabilities, type Probabilities } from '../label-map.js';
import type { MemoryAnswer, PixelQuestion } from './memory-use.js';
import {
  sizeSeen,
  wantsOrder,
  type Annotation,
  type LearnOptions,
  type Method,
  type Segmenter,
} from './method.js';
import { ObjectTracks } from './object-tracks.js';
import { regionOf, type Box } from './region.js';
import type { RegionUse } from './region-uses.js';

/** What the wrapper wants of a method's options. */
export interface RegionOptions {
  /** Short side at which the network sees what is cut out. */
  size: number;
  /** Cut out and enlarge the region around the objects; the whole frame is seen when left out. */
  roi?: RegionUse;
}

/**
 * The method, but with `roi: 'auto'` it learns on the region of each annotation, and segments the region around its
 * last masks: 2.5 times the objects' box, of the frame's aspect, brought to the size at which the network would see
 * the whole frame. Outside of the region the probability is 0. Where an object is lost the region grows from frame to
 * frame, to the whole frame at last.
 *
 * One region holds all objects. A region for each would want each object's network by itself, on frames of its own:
 * their common stages would be computed as often as there are objects. So a frame costs what it costs without; objects
 * far apart gain nothing, and are better followed in runs of their own.
 */
export function withRegionOfInterest<Options extends RegionOptions>(
  method: Method<Options>,
): Method<Options> {
  return {
    ...method,
    regions: true,
    framesInOrder: (options) => options.roi !== undefined || wantsOrder(method, options),
    async open(options) {
      const inner = await method.open(options);
      if (options.roi === undefined) return inner;
      const Wrapper = options.roi === 'auto' ? RegionSegmenter : WholeAndRegionSegmenter;
      return new Wrapper(inner, (frame) => sizeSeen(method, frame, options.size), method.threshold);
    },
  };
}

/** Closes the inner segmenter with itself. */
class RegionSegmenter implements Segmenter {
  private readonly tracks = new ObjectTracks();

  /** @param threshold above which a probability tells where an object is */
  constructor(
    private readonly inner: Segmenter,
    private readonly sizeOf: (frame: Size) => Size,
    private readonly threshold: number,
  ) {}

  async learn(annotations: Annotation[], options: LearnOptions): Promise<void> {
    const cut: Annotation[] = [];
    for (const annotation of annotations) cut.push(await this.cutAnnotation(annotation));
    await this.inner.learn(cut, options);
  }

  async begin(annotation: Annotation): Promise<void> {
    this.tracks.start(annotation.labels);
    await this.inner.begin?.(await this.cutAnnotation(annotation));
  }

  async segment(frame: Frame): Promise<Probabilities> {
    const region = this.tracks.region(frame);
    const seen = await this.inner.segment(await cutFrame(frame, region, this.sizeOf(frame)));
    return this.found(seen, region, frame);
  }

  async meet(annotation: Annotation): Promise<Probabilities> {
    const { frame } = annotation;
    this.tracks.include(annotation.labels);
    const region = this.tracks.region(frame);
    const seen = await this.inner.meet!(await this.cutAnnotation(annotation, region));
    return this.found(seen, region, frame);
  }

  watch(): void {
    this.inner.watch?.();
  }

  async explain(questions: readonly PixelQuestion[]): Promise<MemoryAnswer> {
    return (await this.inner.explain?.(questions)) ?? { held: [], uses: [] };
  }

  /** Takes in where the objects are. */
  private found(seen: Probabilities, region: Box, frame: Frame): Probabilities {
    const found = pasteProbabilities(seen, region, frame);
    this.tracks.update(labelsFromProbabilities(found, this.threshold), found.ids);
    return found;
  }

  private async cutAnnotation(
    { frame, labels }: Annotation,
    region: Box = regionOf(labels),
  ): Promise<Annotation> {
    const size = this.sizeOf(frame);
    const part = crop(labels.data, labels.width, region, 1);
    return {
      frame: await cutFrame(frame, region, size),
      labels: { ...size, data: resizeLabels(part, region, size) },
    };
  }

  save() {
    return this.inner.save();
  }

  restore(state: Awaited<ReturnType<Segmenter['save']>>): Promise<void> {
    return this.inner.restore(state);
  }

  close(): void {
    this.inner.close();
  }
}

/**
 * Learns on whole frames; segments the whole frame and, where that is smaller, the region around the last masks, and takes
 * the mean inside of the region. Closes the inner segmenter with itself.
 */
class WholeAndRegionSegmenter implements Segmenter {
  private readonly tracks = new ObjectTracks();

  constructor(
    private readonly inner: Segmenter,
    private readonly sizeOf: (frame: Size) => Size,
    private readonly threshold: number,
  ) {}

  learn(annotations: Annotation[], options: LearnOptions): Promise<void> {
    return this.inner.learn(annotations, options);
  }

  async begin(annotation: Annotation): Promise<void> {
    this.tracks.start(annotation.labels);
    await this.inner.begin?.(annotation);
  }

  async segment(frame: Frame): Promise<Probabilities> {
    const region = this.tracks.region(frame, LEAST_SHARE_BESIDE);
    const found = await this.inner.segment(frame);
    if (region.width < MOST_SHARE_BESIDE * frame.width) {
      const seen = await this.inner.segment(await cutFrame(frame, region, this.sizeOf(frame)));
      averageInside(found, pasteProbabilities(seen, region, frame), region);
    }
    this.tracks.update(labelsFromProbabilities(found, this.threshold), found.ids);
    return found;
  }

  save() {
    return this.inner.save();
  }

  restore(state: Awaited<ReturnType<Segmenter['save']>>): Promise<void> {
    return this.inner.restore(state);
  }

  close(): void {
    this.inner.close();
  }
}

/** What was learnt on whole frames is enlarged at most twofold; a region nearly as large as the frame shows nothing new. */
const LEAST_SHARE_BESIDE = 1 / 2;
const MOST_SHARE_BESIDE = 0.85;

/** Puts the mean of both into the first, inside of the region. */
function averageInside(whole: Probabilities, part: Probabilities, region: Box): void {
  const { width, height } = whole;
  const planes = [[whole.data, part.data]];
  if (whole.background && part.background) planes.push([whole.background, part.background]);
  for (const [onto, from] of planes) {
    for (let plane = 0; plane < onto.length; plane += width * height) {
      for (let y = region.y; y < region.y + region.height; y++) {
        const row = plane + y * width;
        for (let i = row + region.x; i < row + region.x + region.width; i++)
          onto[i] = (onto[i] + from[i]) / 2;
      }
    }
  }
}

async function cutFrame(frame: Frame, region: Box, size: Size): Promise<Frame> {
  const rgb = crop(frame.rgb, frame.width, region, 3);
  const cut = { ...region, of: { width: frame.width, height: frame.height } };
  return { ...frame, ...size, rgb: await resizePicture(rgb, region, size), cut };
}

/** A rectangle of whole pixels out of `[height, width, channels]`. */
function crop(data: Uint8Array, width: number, region: Box, channels: number): Uint8Array {
  const row = region.width * channels;
  const part = new Uint8Array(row * region.height);
  for (let y = 0; y < region.height; y++) {
    const from = ((region.y + y) * width + region.x) * channels;
    part.set(data.subarray(from, from + row), y * row);
  }
  return part;
}

/** Brings maps to the region's size, bilinear with half-pixel centres, and puts them at its place. */
function pasteProbabilities(seen: Probabilities, region: Box, { width, height }: Size): Probabilities {
  const paste = (plane: Float32Array, onto: Float32Array) => pastePlane(plane, seen, region, onto, width);
  const data = new Float32Array(seen.ids.length * width * height);
  seen.ids.forEach((_, k) => {
    const from = k * seen.width * seen.height;
    paste(
      seen.data.subarray(from, from + seen.width * seen.height),
      data.subarray(k * width * height, (k + 1) * width * height),
    );
  });
  // what was not seen is background
  const background = seen.background && new Float32Array(width * height).fill(1);
  if (background) paste(seen.background!, background);
  return { ids: seen.ids, width, height, data, ...(background && { background }) };
}

function pastePlane(plane: Float32Array, from: Size, region: Box, onto: Float32Array, width: number): void {
  const columns = Array.from({ length: region.width }, (_, x) => sample(x, from.width, region.width));
  for (let y = 0; y < region.height; y++) {
    const { low, high, share } = sample(y, from.height, region.height);
    const row = (region.y + y) * width + region.x;
    columns.forEach((column, x) => {
      const upper = mix(plane, low * from.width, column);
      const lower = mix(plane, high * from.width, column);
      onto[row + x] = upper + share * (lower - upper);
    });
  }
}

interface Sample {
  low: number;
  high: number;
  /** Of `high`. */
  share: number;
}

/** Which two cells of `from` lie about place `i` of `to`. */
function sample(i: number, from: number, to: number): Sample {
  const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  const low = Math.floor(at);
  return { low, high: Math.min(low + 1, from - 1), share: at - low };
}

function mix(plane: Float32Array, row: number, { low, high, share }: Sample): number {
  return plane[row + low] + share * (plane[row + high] - plane[row + low]);
}
