import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodePicture } from '../clips/decode-picture.js';
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';

/** One line of `annotators.csv`. */
export interface BsdsImage {
  split: string;
  /** Stem of its files. */
  id: string;
  /** Number of people who drew its contours. */
  annotators: number;
  width: number;
  height: number;
}

/** Grey values as they are stored, `[height, width]`. */
export interface BsdsMap {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A set of photographs with contours drawn by several people. */
export interface Bsds {
  root: string;
  /** Names of the splits that have images, in the order of the list. */
  splits: string[];
  /** Images of a split in the order of the list. Throws `data-set`. */
  list(split: string): BsdsImage[];
  /** File of the photograph. Throws `data-set` where it is missing. */
  photographFile(image: BsdsImage): string;
  /** The photograph, `[height, width, 3]`, 0–255. Throws `data-set`. */
  photograph(image: BsdsImage): Promise<{ width: number; height: number; rgb: Uint8Array }>;
  /** How many annotators marked each pixel, `[height, width]`, 0 … `annotators`; for training. Throws `data-set`. */
  counts(image: BsdsImage): Promise<BsdsMap>;
}

const LIST = 'annotators.csv';
const COLUMNS = ['split', 'id', 'annotators', 'height', 'width'] as const;
const LAYOUT =
  'give the folder that holds annotators.csv, images/SPLIT/ID.jpg, boundaries/SPLIT/ID/K.png and counts/SPLIT/ID.png';

/**
 * Opens BSDS500 as pictures: `images/SPLIT/ID.jpg`, count maps `counts/SPLIT/ID.png` (8-bit grey), contours
 * `boundaries/SPLIT/ID/K.png` (K from 0, white on black), and `annotators.csv` with a line `split,id,annotators,height,width`
 * for each image. A split needs only the files that are asked for. Throws `data-set` (exit 3).
 */
export function readBsds(root: string): Bsds {
  const images = readList(root);
  const splits = [...new Set(images.map(({ split }) => split))];
  const photographFile = (image: BsdsImage) =>
    existing(path.join(root, 'images', image.split, `${image.id}.jpg`), 'the photograph is missing');
  return {
    root,
    splits,
    list(split) {
      const listed = images.filter((image) => image.split === split);
      if (listed.length > 0) return listed;
      const list = path.join(root, LIST);
      const remedy = `splits that are there: ${splits.join(', ')}`;
      throw new OsvosError('data-set', `no images of the split ${split}`, list, remedy);
    },
    photographFile,
    async photograph(image) {
      const file = photographFile(image);
      return ofSize(image, file, await decodePicture(file).catch(unreadable(file)));
    },
    async counts(image) {
      const file = path.join(root, 'counts', image.split, `${image.id}.png`);
      const counts = await readGrey(existing(file, 'the count map is missing'), image);
      const most = counts.data.reduce((a, b) => Math.max(a, b), 0);
      if (most <= image.annotators) return counts;
      const what = `a pixel was marked by ${most} of ${image.annotators} annotators`;
      throw new OsvosError('data-set', what, file, `check the file and ${LIST}`);
    },
  };
}

/** Contours of each annotator of an image, for scoring: not 0 = contour. Throws `data-set`. */
export async function readBsdsContours(root: string, image: BsdsImage): Promise<BsdsMap[]> {
  const files = Array.from({ length: image.annotators }, (_, k) =>
    path.join(root, 'boundaries', image.split, image.id, `${k}.png`),
  );
  return Promise.all(
    files.map((file) => readGrey(existing(file, 'an annotator’s contours are missing'), image)),
  );
}

function readList(root: string): BsdsImage[] {
  const file = path.join(root, LIST);
  if (!existsSync(file)) throw new OsvosError('data-set', 'the list of images is missing', file, LAYOUT);
  const [head, ...lines] = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.some((field) => field !== ''));
  const places = COLUMNS.map((column) => (head ?? []).indexOf(column));
  if (places.includes(-1)) {
    throw new OsvosError('data-set', 'not a list of images', file, `its first line is ${COLUMNS.join(',')}`);
  }
  if (lines.length === 0) throw new OsvosError('data-set', 'the list of images is empty', file, LAYOUT);
  return lines.map((fields, i) => {
    const [split, id, ...figures] = places.map((place) => fields[place] ?? '');
    const [annotators, height, width] = figures.map(Number);
    if (split !== '' && id !== '' && [annotators, height, width].every((n) => Number.isInteger(n) && n > 0)) {
      return { split, id, annotators, width, height };
    }
    const what = `line ${i + 2} describes no image: ${fields.join(',')}`;
    throw new OsvosError('data-set', what, file, `lines are ${COLUMNS.join(',')}`);
  });
}

function existing(file: string, what: string): string {
  if (existsSync(file)) return file;
  throw new OsvosError('data-set', what, file, LAYOUT);
}

function unreadable(file: string): (error: Error) => never {
  return (error) => {
    const what = `cannot be read (${error.message})`;
    throw new OsvosError('data-set', what, file, 'copy it from the data set again', { cause: error });
  };
}

async function readGrey(file: string, image: BsdsImage): Promise<BsdsMap> {
  try {
    return ofSize(image, file, await readLabelPng(file));
  } catch (error) {
    if (!(error instanceof OsvosError) || error.code === 'data-set') throw error;
    throw new OsvosError('data-set', error.what, file, 'copy it from the data set again', { cause: error });
  }
}

function ofSize<T extends { width: number; height: number }>(image: BsdsImage, file: string, picture: T): T {
  if (picture.width === image.width && picture.height === image.height) return picture;
  const what = `the picture is ${formatSize(picture)}, ${LIST} says ${formatSize(image)}`;
  throw new OsvosError('data-set', what, file, 'copy it from the data set again');
}
