/**
 * Black and white pictures, one for each object, as tools around Segment Anything write them: `mask_0.png`,
 * `mask_1.png`, … in a folder for one frame, or folders `<object>/<frame>.png` (SAM 2, SA-V) or `<frame>/<object>.png`.
 */
import path from 'node:path';
import { formatSize } from '../../frame.js';
import { idsOf } from '../../label-map.js';
import { readPictureHeader } from '../decode-picture.js';
import { compareNaturally, stem } from '../frame-files.js';
import { readMask } from '../read-mask.js';
import {
  annotationFault,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type Area,
} from './annotations.js';

interface ObjectFile {
  object: string;
  file: string;
}

/** One frame, named after the folder. Throws `annotations-unreadable`, `mask-unreadable`. */
export async function readObjectMasks(folder: string, files: readonly string[]): Promise<Annotations> {
  const objects = files.map((file) => ({ object: stem(file), file }));
  const image = await describeImage(path.basename(path.resolve(folder)), objects);
  return annotationsOf([image], `a picture for each object (${files.length})`);
}

/**
 * Folders of pictures: whichever of folders and pictures have the longer numbers are the frames.
 *
 * @param frames names of the clip's frames, which decide where they are known
 */
export async function readNestedObjectMasks(
  folder: string,
  files: readonly string[],
  frames?: readonly string[],
): Promise<Annotations> {
  const pairs = files.map((file) => ({ file, outer: path.basename(path.dirname(file)), inner: stem(file) }));
  const outerIsFrame = folderIsFrame(pairs, folder, frames);
  const byFrame = new Map<string, ObjectFile[]>();
  for (const { file, outer, inner } of pairs) {
    const [frame, object] = outerIsFrame ? [outer, inner] : [inner, outer];
    byFrame.set(frame, [...(byFrame.get(frame) ?? []), { object, file }]);
  }
  const images: AnnotatedImage[] = [];
  for (const frame of [...byFrame.keys()].sort(compareNaturally))
    images.push(await describeImage(frame, byFrame.get(frame)!));
  const layout = outerIsFrame ? '<frame>/<object>.png' : '<object>/<frame>.png';
  return { ...annotationsOf(images, `a picture for each object (${layout})`), namedAfterFrames: true };
}

function folderIsFrame(
  pairs: readonly { outer: string; inner: string }[],
  folder: string,
  frames: readonly string[] | undefined,
): boolean {
  if (frames) {
    const known = new Set(frames);
    if (pairs.every(({ outer }) => known.has(outer))) return true;
    if (pairs.every(({ inner }) => known.has(inner))) return false;
  }
  const digits = (names: string[]) => Math.min(...names.map((name) => /\d*$/.exec(name)![0].length));
  const outer = digits(pairs.map((pair) => pair.outer));
  const inner = digits(pairs.map((pair) => pair.inner));
  if (outer !== inner) return outer > inner;
  throw annotationFault(
    `which are frames, folders (${pairs[0].outer}) or pictures (${pairs[0].inner})?`,
    folder,
    'give --clip with these frames, or name frames 00000 and objects 001 as SAM 2 does',
  );
}

function annotationsOf(images: AnnotatedImage[], described: string): Annotations {
  refuseDoubleNames(images);
  const names = inOrderOfAppearance(images.flatMap(({ objects }) => objects));
  const numbered = names.every((name) => /^\d+$/.test(name) && Number(name) >= 1 && Number(name) <= 254);
  const ids = new Map(numbered ? names.map((name) => [name, Number(name)] as const) : []);
  return {
    ...{ format: 'object-masks', described, images, ids },
    ...{ namedAfterFrames: false, unfit: [], notes: [] },
  };
}

async function describeImage(name: string, objects: readonly ObjectFile[]): Promise<AnnotatedImage> {
  const sorted = [...objects].sort((a, b) => compareNaturally(a.object, b.object));
  const [{ file }] = sorted;
  const { width, height } = await readPictureHeader(file).catch((error: unknown) => {
    throw annotationFault(`no picture (${(error as Error).message})`, file, 'save it again as PNG', error);
  });
  const areas = () => areasOf(sorted, { width, height });
  return { name, file, width, height, objects: sorted.map(({ object }) => object), areas };
}

async function* areasOf(
  objects: readonly ObjectFile[],
  size: { width: number; height: number },
): AsyncGenerator<Area, void, undefined> {
  for (const { object, file } of objects) {
    const { labels } = await readMask(file);
    if (labels.width !== size.width || labels.height !== size.height) {
      const other = objects[0].file;
      const what = `the masks of one frame differ in size: ${formatSize(labels)}, and ${formatSize(size)} in ${other}`;
      throw annotationFault(what, file);
    }
    const ids = idsOf(labels);
    if (ids.length > 1) {
      const what = `the mask has ${ids.length} objects, where each picture should hold one`;
      throw annotationFault(what, file, '--format picture reads each picture as the whole mask of a frame');
    }
    yield { object, inside: labels.data.map((label) => (label === ids[0] ? 1 : 0)) };
  }
}
