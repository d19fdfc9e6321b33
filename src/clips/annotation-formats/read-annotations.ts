/** Finds out which tool wrote annotations, and reads them. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readStart } from '../decode-picture.js';
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
import { readPaintedPictures } from './painted-pictures.js';
import { readAnnotationFolder } from './read-folder.js';
import { isSam, readSam } from './sam.js';

/**
 * Reads a file or folder of annotations. Throws `annotations-unreadable`, `mask-unreadable`, `too-many-ids`, each
 * naming the file.
 */
export async function readAnnotations(source: string, request: AnnotationRequest = {}): Promise<Annotations> {
  const found = await stat(source).catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing ? 'no such file or folder' : (error as Error).message;
    throw annotationFault(what, source, 'check the path', error);
  });
  return found.isDirectory() ? readAnnotationFolder(source, request) : readFile(source, request.format);
}

async function readFile(file: string, wanted: AnnotationFormat | undefined): Promise<Annotations> {
  const format = wanted ?? (await detect(file));
  switch (format) {
    case 'json':
      return readAnyJson(file);
    case 'cvat':
      return readCvatXml(file);
    case 'labelme':
      return readLabelme([{ file, content: await readJson(file) }]);
    case 'coco':
      return readCoco(await readJson(file), file);
    case 'sam':
      return readSam(await readJson(file), file);
    case 'cvat-masks':
      return readCvatMasks(labelMapOf(file), [file]);
    case 'picture':
      return readPaintedPictures([file]);
    case 'object-masks':
      throw annotationFault('one file, where --format object-masks needs a folder', file, 'give the folder');
  }
}

/** Looks at the first bytes only. */
async function detect(file: string): Promise<AnnotationFormat | 'json'> {
  const HEAD = 4096;
  const bytes = Buffer.from(await readStart(file, HEAD));
  const head = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (bytes.toString('latin1').startsWith('PK\x03\x04'))
    throw annotationFault('an archive', file, 'unpack it, and import the folder');
  if (/^\x93NUMPY/.test(bytes.toString('latin1'))) {
    const remedy = 'save each object as a black and white PNG, and import their folder';
    throw annotationFault('an array of NumPy, which does not say what its values are', file, remedy);
  }
  if (/^[[{]/.test(head)) return 'json';
  if (head.startsWith('<') && !/<svg\b/.test(head)) return 'cvat';
  const inExport = path.basename(path.dirname(file)) === 'SegmentationClass' && existsSync(labelMapOf(file));
  return inExport ? 'cvat-masks' : 'picture';
}

async function readAnyJson(file: string): Promise<Annotations> {
  const content = await readJson(file);
  if (isLabelme(content)) return readLabelme([{ file, content }]);
  if (isCoco(content)) return readCoco(content, file);
  if (isSam(content)) return readSam(content, file);
  throw annotationFault(
    'JSON of no known tool: no shapes (labelme), images and annotations (COCO) or masks (Segment Anything)',
    file,
    'export as COCO or as a picture',
  );
}

/** `labelmap.txt` of an export of CVAT, seen from a picture in `SegmentationClass/`. */
function labelMapOf(picture: string): string {
  return path.join(path.dirname(picture), '..', 'labelmap.txt');
}
