import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { openDavis } from '../clips/davis.js';
import { networkSize } from '../clips/network-size.js';
import { readMask } from '../clips/read-mask.js';
import { resizeLabels, resizePicture } from '../clips/resize.js';
import { OsvosError } from '../errors.js';
import { VOID, type LabelMap } from '../label-map.js';
import type { Sample } from './sample.js';

/** A frame of a video. */
export interface VideoSample extends Sample {
  /** Number of the frame in the video as it was filmed: of thinned sequences too, whose names tell. */
  time: number;
}

/** A photograph. */
export interface StillSample extends Sample {
  /** Of its file, without the ending. */
  name: string;
}

/** All objects of a picture as one: 1 = any object, 0 = background, 255 = void. */
function foreground(labels: LabelMap): Uint8Array {
  return labels.data.map((label) => (label === 0 || label === VOID ? label : 1));
}

/**
 * All annotated frames of a split that show an object, sequence by sequence, at the size of a network with short side
 * `short`, held in memory (four bytes a pixel). Throws `data-set`.
 */
export async function readDavisVideos(root: string, split: string, short: number): Promise<VideoSample[][]> {
  const { sequences } = openDavis(root, { split });
  const videos: VideoSample[][] = [];
  for (const sequence of sequences) {
    const samples: VideoSample[] = [];
    const clip = await sequence.clip();
    const annotated = new Set(sequence.annotatedFrames());
    for await (const frame of clip.frames()) {
      if (!annotated.has(frame.name)) continue;
      const { labels } = await readMask(sequence.annotationFile(frame.name));
      if (!labels.data.some((label) => label !== 0 && label !== VOID)) continue;
      const size = networkSize(frame, short);
      const rgb = await resizePicture(frame.rgb, frame, size);
      const time = Number(/(\d+)$/.exec(frame.name)?.[1] ?? frame.index);
      samples.push({ ...size, time, rgb, labels: resizeLabels(foreground(labels), frame, size) });
    }
    if (samples.length > 0) videos.push(samples);
  }
  return videos;
}

/**
 * Still photographs `images/<name>.*` with masks `masks/<name>.png`, reduced to short side `short` at most.
 * Throws `data-set`, `mask-size`.
 *
 * @param labelled what becomes of a mask's labels; all objects are one when left out
 */
export async function readStillSamples(
  folder: string,
  short: number,
  labelled: (labels: LabelMap) => Uint8Array = foreground,
): Promise<StillSample[]> {
  const images = path.join(folder, 'images');
  const files = await readdir(images).catch((error: Error) => {
    throw new OsvosError('data-set', error.message, images, 'a folder of stills has images/ and masks/', {
      cause: error,
    });
  });
  const samples: StillSample[] = [];
  for (const file of files.sort()) {
    const { labels } = await readMask(path.join(folder, 'masks', `${path.parse(file).name}.png`));
    const { data, info } = await sharp(path.join(images, file)).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
    if (info.width !== labels.width || info.height !== labels.height) {
      throw new OsvosError('mask-size', `picture and mask differ in size`, path.join(images, file));
    }
    const scale = Math.min(1, short / Math.min(info.width, info.height));
    const size = { width: Math.round(info.width * scale), height: Math.round(info.height * scale) };
    const rgb = await resizePicture(data, info, size);
    samples.push({
      ...size,
      name: path.parse(file).name,
      rgb,
      labels: resizeLabels(labelled(labels), info, size),
    });
  }
  return samples;
}
