/** Segmentations of COCO: polygons, or run lengths down the columns, plain or compressed. */
import { annotationFault } from './annotations.js';
import { isObject, requireCorners, requireList, requireNumbers, type JsonObject } from './json.js';
import { fillPolygon } from './polygon.js';
import { decompressRuns, drawRuns } from './run-lengths.js';

type Size = { width: number; height: number };

/** Whether there is a segmentation at all: annotations of boxes have none, or an empty list. */
export function hasSegmentation(annotation: JsonObject): boolean {
  const { segmentation } = annotation;
  return Array.isArray(segmentation) ? segmentation.length > 0 : isObject(segmentation);
}

/** `[height, width]` of a segmentation; its polygons are parts of one object. Throws `annotations-unreadable`. */
export function drawSegmentation(segmentation: unknown, size: Size, where: string): Uint8Array {
  if (isObject(segmentation)) return drawRle(segmentation, size, where);
  const inside = new Uint8Array(size.width * size.height);
  for (const polygon of requireList(segmentation, 'the segmentation', where)) {
    const flat = requireNumbers(polygon, 'a polygon', where);
    fillPolygon(requireCorners(flat, 'a polygon', where), inside, size.width);
  }
  return inside;
}

/** Size of a mask of run lengths, which is stored height first. Throws `annotations-unreadable`. */
export function sizeOfRle(rle: JsonObject, where: string): Size {
  const [height, width, ...rest] = requireNumbers(rle.size, 'size', where);
  if (!(height > 0 && width > 0) || rest.length > 0)
    throw annotationFault('size is not [height, width]', where);
  return { width, height };
}

function drawRle(rle: JsonObject, size: Size, where: string): Uint8Array {
  const own = sizeOfRle(rle, where);
  if (own.width !== size.width || own.height !== size.height) {
    const what = `the mask is ${own.width}×${own.height}, its image ${size.width}×${size.height}`;
    throw annotationFault(what, where);
  }
  const { counts } = rle;
  if (typeof counts !== 'string' && !Array.isArray(counts))
    throw annotationFault('counts is neither a text nor a list', where);
  const runs = typeof counts === 'string' ? counts : requireNumbers(counts, 'counts', where);
  try {
    return drawRuns(typeof runs === 'string' ? decompressRuns(runs) : runs, size, 'columns');
  } catch (error) {
    throw annotationFault((error as Error).message, where, undefined, error);
  }
}
