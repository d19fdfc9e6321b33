/** Folders of annotations: unpacked exports, labelme files beside their pictures, pictures for frames or objects. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { idsOf } from '../../label-map.js';
import { compareNaturally, stem } from '../frame-files.js';
import { readMask } from '../read-mask.js';
import {
  annotationFault,
  type AnnotationFormat,
  type AnnotationRequest,
  type Annotations,
} from './annotations.js';
import { isCoco, readCoco } from './coco.js';
import { readCvatMasks } from './cvat-masks.js';
import { readCvatXml } from './cvat-xml.js';
import { readJson } from './json.js';
import { isLabelme, readLabelme } from './labelme.js';
import { readNestedObjectMasks, readObjectMasks } from './object-masks.js';
import { readPaintedPictures } from './painted-pictures.js';
import { readSam } from './sam.js';

const PICTURE = /\.(png|jpe?g|webp|tiff?|gif|avif|bmp)$/i;
const CLASS_MASKS = 'SegmentationClass';
const LABEL_MAP = 'labelmap.txt';
/** Digits that names of frames have at least, where names are nothing but a number. */
const FRAME_DIGITS = 4;

interface FolderContent {
  folder: string;
  /** Names of everything in it. */
  names: string[];
  pictures: string[];
  /** JSON files in it, or else in its folder `annotations` (COCO). */
  json: string[];
  xml: string[];
  /** Pictures one folder below. */
  below: string[];
}

/** Throws as `readAnnotations`. */
export async function readAnnotationFolder(folder: string, request: AnnotationRequest): Promise<Annotations> {
  const content = await list(folder);
  switch (request.format ?? (await detect(content, request.frames))) {
    case 'cvat-masks':
      return readClassMasks(content);
    case 'cvat':
      return readCvatXml(onlyOne(content.xml, 'XML file', folder));
    case 'labelme':
      return readLabelme(await readAll(content.json));
    case 'coco':
      return readOne(content, readCoco);
    case 'sam':
      return readOne(content, readSam);
    case 'picture':
      return readPaintedPictures(some(content.pictures, folder));
    case 'object-masks':
      return content.pictures.length > 0
        ? readObjectMasks(folder, content.pictures)
        : readNestedObjectMasks(folder, some(content.below, folder), request.frames);
  }
}

async function detect(
  content: FolderContent,
  frames: readonly string[] | undefined,
): Promise<AnnotationFormat> {
  const { folder, names, json, xml, pictures } = content;
  if (names.includes(CLASS_MASKS) || isClassFolder(folder)) return 'cvat-masks';
  if (xml.length > 0) return 'cvat';
  if (json.length > 0) {
    const first = await readJson(json[0]);
    if (isLabelme(first)) return 'labelme';
    return isCoco(first) ? 'coco' : 'sam';
  }
  return pictures.length > 0 && (await areFrames(content, frames)) ? 'picture' : 'object-masks';
}

/** Given the folder of the export, or the folder of the masks inside of it. */
async function readClassMasks({ folder, pictures }: FolderContent): Promise<Annotations> {
  if (isClassFolder(folder)) return readCvatMasks(path.join(folder, '..', LABEL_MAP), pictures);
  const masks = await list(path.join(folder, CLASS_MASKS));
  return readCvatMasks(path.join(folder, LABEL_MAP), some(masks.pictures, masks.folder));
}

function isClassFolder(folder: string): boolean {
  return (
    path.basename(path.resolve(folder)) === CLASS_MASKS && existsSync(path.join(folder, '..', LABEL_MAP))
  );
}

/** Whether each picture is the mask of a frame, and not that of an object. */
async function areFrames(
  { folder, names, pictures }: FolderContent,
  frames: readonly string[] | undefined,
): Promise<boolean> {
  const METADATA = 'metadata.csv'; // Segment Anything writes it beside its masks
  if (names.includes(METADATA)) return false;
  if (path.basename(path.resolve(folder)) === 'SegmentationObject') return true;
  const stems = pictures.map(stem);
  if (frames && stems.every((name) => frames.includes(name))) return true;
  if (stems.every((name) => /^\d+$/.test(name) && name.length >= FRAME_DIGITS)) return true;
  for (const picture of pictures) if (idsOf((await readMask(picture)).labels).length > 1) return true;
  return false;
}

async function list(folder: string): Promise<FolderContent> {
  const entries = (await entriesOf(folder)).filter(({ name }) => !name.startsWith('.'));
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => path.join(folder, name));
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(folder, name));
  const below: string[] = [];
  for (const inner of folders) {
    const found = await entriesOf(inner);
    below.push(...found.map(({ name }) => path.join(inner, name)));
  }
  const matching = (paths: readonly string[], pattern: RegExp) =>
    paths.filter((file) => pattern.test(file)).sort(compareNaturally);
  const json = matching(files, /\.json$/i);
  const inAnnotations = below.filter((file) => path.basename(path.dirname(file)) === 'annotations');
  return {
    folder,
    names: entries.map(({ name }) => name),
    pictures: matching(files, PICTURE),
    json: json.length > 0 ? json : matching(inAnnotations, /\.json$/i),
    xml: matching(files, /\.xml$/i),
    below: matching(below, PICTURE),
  };
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw annotationFault((error as Error).message, folder, 'check the path', error);
  });
}

async function readAll(files: readonly string[]): Promise<{ file: string; content: unknown }[]> {
  const read: { file: string; content: unknown }[] = [];
  for (const file of files) {
    const content = await readJson(file);
    if (!isLabelme(content))
      throw annotationFault('no file of labelme, as the others are', file, 'move it away');
    read.push({ file, content });
  }
  return read;
}

async function readOne(
  { json, folder }: FolderContent,
  read: (content: unknown, file: string) => Annotations,
): Promise<Annotations> {
  const file = onlyOne(json, 'JSON file', folder);
  return read(await readJson(file), file);
}

function onlyOne(files: readonly string[], kind: string, folder: string): string {
  if (files.length === 1) return files[0];
  const found = files.map((file) => path.basename(file)).join(', ');
  const what = files.length === 0 ? `no ${kind}` : `${files.length} ${kind}s (${found})`;
  throw annotationFault(`${what} in this folder`, folder, 'give the file itself');
}

function some(files: readonly string[], folder: string): readonly string[] {
  if (files.length > 0) return files;
  throw annotationFault(
    'no annotations in this folder',
    folder,
    'give the file or folder that the tool has written',
  );
}
