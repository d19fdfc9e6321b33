import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Clip } from './clip.js';
import { openFolder } from './folder-clip.js';
import { compareNaturally, stem } from './frame-files.js';

/** A sequence of a data set in DAVIS layout. */
export interface DavisSequence {
  name: string;
  /** Frame names in order. */
  frameNames: string[];
  /** Name of the first frame that has an annotation. */
  firstAnnotation: string;
  clip(): Promise<Clip>;
  /** Where the annotation of a frame is, or would be. */
  annotationFile(frameName: string): string;
  /** Frames whose annotation exists, in order. */
  annotatedFrames(): string[];
}

export interface Davis {
  root: string;
  /** `<folder>-<split>`. */
  name: string;
  /** One line: which lists and folders were found. */
  layout: string;
  sequences: DavisSequence[];
}

export interface DavisOptions {
  /** Name of the list, such as `train` or `val`. */
  split: string;
  /** Only these, in the list's order. */
  sequences?: string[];
  /** Which year's lists; 2016 where both are there. */
  year?: 2016 | 2017;
  /** Folder below `JPEGImages` and `Annotations`. */
  resolution?: string;
}

/**
 * Opens a data set in the layout of DAVIS 2016 or 2017: `JPEGImages/480p/SEQ`, `Annotations/480p/SEQ`, and
 * the split's list in `ImageSets/<year>/<split>.txt` (names) or `ImageSets/480p/<split>.txt` (pairs of paths,
 * the first release). Throws `data-set`.
 */
export function openDavis(root: string, options: DavisOptions): Davis {
  const resolution = options.resolution ?? '480p';
  for (const part of [
    root,
    path.join(root, 'JPEGImages', resolution),
    path.join(root, 'Annotations', resolution),
  ]) {
    if (!existsSync(part)) {
      const remedy = 'give the folder that holds JPEGImages, Annotations and ImageSets';
      throw new OsvosError('data-set', 'this folder of the data set is missing', part, remedy);
    }
  }
  const list = findList(root, options, resolution);
  const listed = readList(path.join(root, list));
  const chosen = chooseSequences(listed, options.sequences, path.join(root, list));
  return {
    root,
    name: `${path.basename(path.resolve(root))}-${options.split}`,
    layout: `DAVIS layout, ${list}: ${chosen.length} of ${listed.length} sequences, ${resolution}`,
    sequences: chosen.map((name) => describeSequence(root, resolution, name)),
  };
}

/** Path of the split's list, relative to the root. */
function findList(root: string, { split, year }: DavisOptions, resolution: string): string {
  const folders = year ? [String(year)] : ['2016', '2017'];
  if (year !== 2017) folders.push(resolution);
  for (const folder of folders) {
    const list = path.join('ImageSets', folder, `${split}.txt`);
    if (existsSync(path.join(root, list))) return list;
  }
  const there = folders.flatMap((folder) =>
    listFolder(path.join(root, 'ImageSets', folder))
      .filter((file) => file.endsWith('.txt'))
      .map(stem),
  );
  throw new OsvosError(
    'data-set',
    `no list of the split ${split}`,
    folders.map((folder) => path.join(root, 'ImageSets', folder, `${split}.txt`)).join(' or '),
    there.length > 0 ? `splits that are there: ${[...new Set(there)].join(', ')}` : 'check the root folder',
  );
}

/** Sequence names of a list, whose lines are names or pairs `/JPEGImages/480p/SEQ/00000.jpg /Annotations/…`. */
function readList(file: string): string[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim());
  const names = lines
    .filter((line) => line !== '')
    .map((line) => {
      const frame = line.split(/\s+/)[0];
      return frame.includes('/') ? path.posix.basename(path.posix.dirname(frame)) : frame;
    });
  if (names.length === 0) throw new OsvosError('data-set', 'the list of sequences is empty', file);
  return [...new Set(names)];
}

function chooseSequences(listed: string[], wanted: string[] | undefined, list: string): string[] {
  if (!wanted) return listed;
  const unknown = wanted.filter((name) => !listed.includes(name));
  if (unknown.length > 0) {
    const remedy = `choose from ${listed.join(', ')}`;
    throw new OsvosError('data-set', `no such sequence in this split: ${unknown.join(', ')}`, list, remedy);
  }
  return listed.filter((name) => wanted.includes(name));
}

function describeSequence(root: string, resolution: string, name: string): DavisSequence {
  const frames = path.join(root, 'JPEGImages', resolution, name);
  const annotations = path.join(root, 'Annotations', resolution, name);
  const frameNames = listFolder(frames).map(stem);
  if (frameNames.length === 0) {
    throw new OsvosError(
      'data-set',
      `the sequence ${name} has no frames`,
      frames,
      'complete the data set, or leave it out with --sequences',
    );
  }
  const annotationFile = (frameName: string) => path.join(annotations, `${frameName}.png`);
  const annotatedFrames = () => {
    const there = new Set(listFolder(annotations));
    return frameNames.filter((frame) => there.has(`${frame}.png`));
  };
  const [firstAnnotation] = annotatedFrames();
  if (firstAnnotation === undefined) {
    throw new OsvosError(
      'data-set',
      `the sequence ${name} has no annotation`,
      annotations,
      'complete the data set, or leave it out with --sequences',
    );
  }
  return {
    name,
    frameNames,
    firstAnnotation,
    clip: () => openFolder(frames, {}, name),
    annotationFile,
    annotatedFrames,
  };
}

/** Visible files of a folder in natural order; none where the folder is not there. */
function listFolder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => !file.startsWith('.'))
    .sort(compareNaturally);
}
