/** COCO JSON of masks, written and read back line by line: memory does not grow with the clip. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { decompressRuns, drawRuns } from '../annotation-formats/run-lengths.js';
import type { LabelMap } from '../../label-map.js';
import { cocoMask, compressRuns } from './coco-runs.js';

/** A frame, in the words of COCO; `video_id` and `frame_index` are those of TAO and of COCO-like video sets. */
export interface CocoImage {
  id: number;
  file_name: string;
  width: number;
  height: number;
  video_id: number;
  frame_index: number;
}

export interface CocoVideo {
  id: number;
  name: string;
  width: number;
  height: number;
  length: number;
}

/** One object through one video. */
export interface CocoTrack {
  id: number;
  video_id: number;
  category_id: number;
  /** Id in the masks. */
  object_id: number;
}

export interface CocoAnnotation {
  id: number;
  image_id: number;
  video_id: number;
  track_id: number;
  category_id: number;
  segmentation: { size: [number, number]; counts: string };
  area: number;
  bbox: [number, number, number, number];
  iscrowd: 0;
}

export interface CocoContent {
  videos: CocoVideo[];
  tracks: CocoTrack[];
  images: CocoImage[];
  /** The mask of an image; masks are read in the order of `images`. */
  labels(image: CocoImage): Promise<LabelMap>;
}

/** Masks say which object, not what it is: all are of one category. */
export const OBJECT_CATEGORY = 1;
const LAST_HEAD = '"annotations": [';

/**
 * Writes the file. Throws what the file system throws, and what `labels` throws.
 *
 * @param onImage called after each image
 * @returns number of annotations
 */
export async function writeCoco(file: string, content: CocoContent, onImage: () => void): Promise<number> {
  const { videos, tracks, images } = content;
  const handle = await open(file, 'w');
  try {
    const info = { description: 'masks of osvos', version: '1.0' };
    const categories = [{ id: OBJECT_CATEGORY, name: 'object', supercategory: 'object' }];
    const lists = Object.entries({ categories, videos, tracks, images }).map(
      ([name, items]) => `"${name}": [\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n],\n`,
    );
    await handle.writeFile(`{"info": ${JSON.stringify(info)},\n${lists.join('')}${LAST_HEAD}`);
    let count = 0;
    for (const image of images) {
      const labels = await content.labels(image);
      let text = '';
      for (const track of tracksOf(tracks, image)) {
        const mask = cocoMask(labels, track.object_id);
        if (!mask) continue;
        const annotation: CocoAnnotation = {
          ...{ id: ++count, image_id: image.id, video_id: image.video_id, track_id: track.id },
          category_id: track.category_id,
          segmentation: { size: [labels.height, labels.width], counts: compressRuns(mask.runs) },
          ...{ area: mask.area, bbox: mask.bbox, iscrowd: 0 },
        };
        text += `${count === 1 ? '' : ','}\n${JSON.stringify(annotation)}`;
      }
      await handle.writeFile(text);
      onImage();
    }
    await handle.writeFile('\n]}\n');
    return count;
  } finally {
    await handle.close();
  }
}

function tracksOf(tracks: readonly CocoTrack[], image: CocoImage): CocoTrack[] {
  return tracks.filter((track) => track.video_id === image.video_id);
}

/**
 * Reads the annotations of a written file and compares each with its mask, pixel by pixel. Throws `Error` that says
 * what differs.
 */
export async function checkCoco(file: string, content: CocoContent, onImage: () => void): Promise<void> {
  const annotations = readAnnotations(file);
  try {
    for (const image of content.images) {
      const labels = await content.labels(image);
      for (const track of tracksOf(content.tracks, image)) {
        const wanted = labels.data.map((label) => (label === track.object_id ? 1 : 0));
        if (!wanted.includes(1)) continue;
        const { value: found } = await annotations.next();
        const fault = found ? faultOf(found, image, track, wanted) : 'it is missing';
        if (fault !== undefined) throw new Error(`object ${track.object_id} of ${image.file_name}: ${fault}`);
      }
      onImage();
    }
    if (!(await annotations.next()).done) throw new Error('more annotations than objects');
  } finally {
    await annotations.return();
  }
}

async function* readAnnotations(file: string): AsyncGenerator<CocoAnnotation, void, undefined> {
  let reached = false;
  for await (const line of readLines(file)) {
    if (reached && line.startsWith('{')) yield JSON.parse(line.replace(/,$/, '')) as CocoAnnotation;
    reached ||= line === LAST_HEAD;
  }
}

/** node:readline loses lines that come before they are asked for. */
async function* readLines(file: string): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}

function faultOf(
  found: CocoAnnotation,
  { id, width, height }: CocoImage,
  track: CocoTrack,
  wanted: Uint8Array,
): string | undefined {
  if (found.image_id !== id || found.track_id !== track.id) return 'it belongs to another image or object';
  const inside = drawRuns(decompressRuns(found.segmentation.counts), { width, height }, 'columns');
  if (!Buffer.from(inside).equals(wanted)) return 'its mask differs';
  const [left, top, w, h] = found.bbox;
  let [pixels, outside] = [0, 0];
  wanted.forEach((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    pixels += value;
    if (value === 1 && (x < left || x >= left + w || y < top || y >= top + h)) outside++;
  });
  if (outside > 0) return `${outside} pixels lie outside of its box`;
  return found.area === pixels ? undefined : `its area is ${found.area} instead of ${pixels}`;
}
