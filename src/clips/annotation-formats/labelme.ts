/** labelme: one JSON file for each picture (https://github.com/wkentaro/labelme). */
import { decodePng } from '../indexed-png.js';
import {
  annotationFault,
  imageStem,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type UnfitShape,
} from './annotations.js';
import {
  isObject,
  requireCorners,
  requireList,
  requireNumbers,
  requireObject,
  requireSide,
  requireText,
  type JsonObject,
} from './json.js';
import { fillPolygon, type Point } from './polygon.js';

/** Whether JSON is a file of labelme. */
export function isLabelme(content: unknown): boolean {
  return isObject(content) && Array.isArray(content.shapes);
}

/**
 * Polygons and masks of labelme files; shapes of one label are one object, those of a group are an object of their
 * own. Throws `annotations-unreadable`.
 */
export function readLabelme(files: readonly { file: string; content: unknown }[]): Annotations {
  const unfit: UnfitShape[] = [];
  const images = files.map(({ file, content }) => readImage(requireObject(content, 'it', file), file, unfit));
  refuseDoubleNames(images);
  return {
    ...{ format: 'labelme', described: 'labelme JSON', images, unfit },
    ...{ ids: new Map(), namedAfterFrames: true, notes: [] },
  };
}

function readImage(content: JsonObject, file: string, unfit: UnfitShape[]): AnnotatedImage {
  const width = requireSide(content.imageWidth, 'imageWidth', file);
  const height = requireSide(content.imageHeight, 'imageHeight', file);
  const title = typeof content.imagePath === 'string' ? imageStem(content.imagePath) : '';
  const name = title === '' ? imageStem(file) : title;
  const shapes: { object: string; shape: JsonObject; where: string }[] = [];
  requireList(content.shapes, 'shapes', file).forEach((value, i) => {
    const shape = requireObject(value, `shape ${i + 1}`, file);
    const label = requireText(shape.label, `the label of shape ${i + 1}`, file);
    const group = shape.group_id ?? null;
    const object = group === null ? label : `${label} #${JSON.stringify(group)}`;
    const kind = kindOf(shape);
    if (kind === 'polygon' || kind === 'mask') {
      shapes.push({ object, shape, where: `${file}, shape ${i + 1} (${label})` });
    } else unfit.push({ kind, object, image: name });
  });
  return {
    ...{ name, file, width, height, objects: inOrderOfAppearance(shapes.map(({ object }) => object)) },
    *areas() {
      for (const { object, shape, where } of shapes) {
        const draw = kindOf(shape) === 'mask' ? drawPatch : drawPolygon;
        yield { object, inside: draw(shape, { width, height }, where) };
      }
    },
  };
}

/** Files of old versions know polygons only, and do not say so. */
function kindOf(shape: JsonObject): string {
  return typeof shape.shape_type === 'string' ? shape.shape_type : 'polygon';
}

type Size = { width: number; height: number };

function drawPolygon(shape: JsonObject, { width, height }: Size, where: string): Uint8Array {
  const inside = new Uint8Array(width * height);
  const flat = pointsOf(shape, where).flat();
  fillPolygon(requireCorners(flat, 'the polygon', where), inside, width);
  return inside;
}

/** A PNG of the mask's box, whose upper left pixel is the first point, rounded; what lies outside is cut off. */
function drawPatch(shape: JsonObject, { width, height }: Size, where: string): Uint8Array {
  const inside = new Uint8Array(width * height);
  const [[x, y]] = pointsOf(shape, where);
  const [left, top] = [Math.round(x), Math.round(y)];
  const patch = decodePatch(requireText(shape.mask, 'the mask', where), where);
  for (let v = Math.max(0, -top); v < patch.height && top + v < height; v++) {
    for (let u = Math.max(0, -left); u < patch.width && left + u < width; u++) {
      if (patch.data[(v * patch.width + u) * patch.channels] > 0) inside[(top + v) * width + left + u] = 1;
    }
  }
  return inside;
}

function decodePatch(base64: string, where: string) {
  try {
    return decodePng(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw annotationFault(`the mask is no PNG (${(error as Error).message})`, where, undefined, error);
  }
}

function pointsOf(shape: JsonObject, where: string): Point[] {
  const points = requireList(shape.points, 'points', where).map((value) =>
    requireNumbers(value, 'a point', where),
  );
  if (points.length === 0 || points.some((point) => point.length !== 2))
    throw annotationFault('a point has not two coordinates', where);
  return points.map(([x, y]) => [x, y] as const);
}
