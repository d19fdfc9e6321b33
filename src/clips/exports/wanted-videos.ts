/** Which videos and frames a server wants, from the data set. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../../errors.js';
import { idsOf } from '../../label-map.js';
import { isObject } from '../annotation-formats/json.js';
import { openDavis } from '../davis.js';
import { readPictureHeader } from '../decode-picture.js';
import { compareNaturally, isPictureName, stem } from '../frame-files.js';
import { readMask } from '../read-mask.js';
import type { WantedVideo } from './servers.js';

/** YouTube-VOS annotates, and scores, every fifth frame. */
const YOUTUBE_STEP = 5;

/** All frames of a split; ids up to the highest of the first annotation. Throws `data-set`, `mask-*`. */
export async function wantedOfDavis(root: string, split: string): Promise<WantedVideo[]> {
  const wanted: WantedVideo[] = [];
  for (const sequence of openDavis(root, { split, year: 2017 }).sequences) {
    const { labels } = await readMask(sequence.annotationFile(sequence.firstAnnotation));
    const { width, height } = labels;
    const ids = Array.from({ length: Math.max(0, ...idsOf(labels)) }, (_, i) => i + 1);
    wanted.push({ name: sequence.name, frames: sequence.frameNames, size: { width, height }, ids });
  }
  return wanted;
}

/**
 * All frames of all videos below `ROOT/JPEGImages`, from the first that `ROOT/Annotations` has a mask of; ids are
 * those of its masks. Throws `data-set`, `mask-*`.
 */
export async function wantedOfAnnotated(root: string): Promise<WantedVideo[]> {
  const wanted: WantedVideo[] = [];
  for (const { name, frames } of await listVideos(path.join(root, 'JPEGImages'))) {
    const folder = path.join(root, 'Annotations', name);
    const annotated = (await list(folder)).filter((file) => file.endsWith('.png'));
    if (annotated.length === 0)
      throw dataSet(`the video ${name} has no annotation`, folder, 'complete the data set');
    const ids = new Set<number>();
    let size: WantedVideo['size'];
    for (const file of annotated) {
      const { labels } = await readMask(path.join(folder, file));
      size ??= { width: labels.width, height: labels.height };
      for (const id of idsOf(labels)) ids.add(id);
    }
    const first = frames.indexOf(stem(annotated[0]));
    if (first < 0)
      throw dataSet('an annotation of no frame', path.join(folder, annotated[0]), 'complete the data set');
    wanted.push({ name, frames: frames.slice(first), size, ids: [...ids] });
  }
  return wanted;
}

/**
 * YouTube-VOS: the frames that `meta.json` lists for any object of a video, and its ids; without it every fifth of the
 * frames in a folder `JPEGImages`. Sizes come from that folder, where it is given. Throws `data-set`, `usage`.
 */
export async function wantedOfYoutube(source: { meta?: string; frames?: string }): Promise<WantedVideo[]> {
  const { meta, frames: folder } = source;
  if (meta !== undefined) {
    const videos = await readMeta(meta);
    if (folder === undefined) return videos;
    return Promise.all(videos.map(async (video) => ({ ...video, size: await sizeOf(folder, video) })));
  }
  if (folder === undefined) {
    const remedy = 'give --meta meta.json, or --frames JPEGImages';
    throw new OsvosError('usage', 'nothing says which frames the server wants', '', remedy);
  }
  const listed = await listVideos(folder);
  return Promise.all(
    listed.map(async ({ name, frames }) => {
      const fifth = frames.filter((frame) => Number(/\d+$/.exec(frame)?.[0] ?? NaN) % YOUTUBE_STEP === 0);
      if (fifth.length === 0) {
        throw dataSet(
          `no frame of ${name} has a number that is a multiple of ${YOUTUBE_STEP}`,
          folder,
          'give --meta',
        );
      }
      const video = { name, frames: fifth };
      return { ...video, size: await sizeOf(folder, video) };
    }),
  );
}

async function readMeta(file: string): Promise<WantedVideo[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw dataSet(
      `the list of frames cannot be read (${error.message})`,
      file,
      'give meta.json of the split',
      error,
    );
  });
  const unfit = (what: string, cause?: Error) =>
    dataSet(
      what,
      file,
      'give meta.json of YouTube-VOS: {"videos": {NAME: {"objects": {ID: {"frames": […]}}}}}',
      cause,
    );
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw unfit(`no valid JSON (${(error as Error).message})`, error as Error);
  }
  const videos = isObject(content) ? content.videos : undefined;
  if (!isObject(videos) || Object.keys(videos).length === 0) throw unfit('no videos in it');
  return Object.entries(videos).map(([name, video]) => {
    const objects = isObject(video) ? video.objects : undefined;
    if (!isObject(objects)) throw unfit(`the video ${name} has no objects`);
    const frames = new Set<string>();
    for (const [id, object] of Object.entries(objects)) {
      const own = isObject(object) ? object.frames : undefined;
      if (!Array.isArray(own)) throw unfit(`object ${id} of ${name} has no list of frames`);
      for (const frame of own) frames.add(String(frame));
    }
    if (frames.size === 0) throw unfit(`the video ${name} has no frames`);
    return { name, frames: [...frames].sort(compareNaturally), ids: Object.keys(objects).map(Number) };
  });
}

async function sizeOf(folder: string, { name, frames }: WantedVideo): Promise<WantedVideo['size']> {
  const own = path.join(folder, name);
  const file = (await list(own)).find((one) => isPictureName(one) && stem(one) === frames[0]);
  if (file === undefined) throw dataSet(`the frame ${frames[0]} is missing`, own, 'complete the data set');
  const { width, height } = await readPictureHeader(path.join(own, file)).catch((error: Error) => {
    throw dataSet(
      `a frame cannot be read (${error.message})`,
      path.join(own, file),
      'complete the data set',
      error,
    );
  });
  return { width, height };
}

async function listVideos(folder: string): Promise<{ name: string; frames: string[] }[]> {
  const videos: { name: string; frames: string[] }[] = [];
  for (const name of await list(folder)) {
    const frames = (await list(path.join(folder, name))).filter(isPictureName).map(stem);
    if (frames.length > 0) videos.push({ name, frames });
  }
  if (videos.length === 0) {
    throw dataSet('no videos', folder, 'give the folder that has a folder of frames for each video');
  }
  return videos;
}

/** Visible names in a folder, in natural order; none in a plain file. */
async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return [];
    throw dataSet('this folder of the data set is missing', folder, 'complete the data set', error);
  });
  return names.filter((name) => !name.startsWith('.')).sort(compareNaturally);
}

function dataSet(what: string, where: string, remedy: string, cause?: Error): OsvosError {
  return new OsvosError('data-set', what, where, remedy, { cause });
}
