/** "CVAT for images 1.1": https://docs.cvat.ai/docs/other/xml_format */
import { readFile } from 'node:fs/promises';
import {
  annotationFault,
  imageStem,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type UnfitShape,
} from './annotations.js';
import { requireCorners } from './json.js';
import { fillPolygon } from './polygon.js';
import { drawRuns } from './run-lengths.js';
import { parseXml, type XmlElement } from './xml.js';

/** Elements of an image that say nothing about pixels. */
const noShapes = ['tag'];

interface CvatShape {
  object: string;
  element: XmlElement;
  /** Higher ones lie on top; equal ones in the order of the file. */
  level: number;
}

/**
 * Polygons and masks of an export "CVAT for images 1.1"; shapes of one label are one object, those of a group are an
 * object of their own. Throws `annotations-unreadable`.
 */
export async function readCvatXml(file: string): Promise<Annotations> {
  const root = await readRoot(file);
  const unfit: UnfitShape[] = [];
  const images = childrenOf(root, 'image').map((element) => readImage(element, file, unfit));
  if (images.length === 0) throw annotationFault('the export has no image', file);
  refuseDoubleNames(images);
  return {
    ...{ format: 'cvat', described: 'CVAT for images 1.1', images, unfit },
    ...{ ids: new Map(), namedAfterFrames: true, notes: [] },
  };
}

async function readRoot(file: string): Promise<XmlElement> {
  let root: XmlElement;
  try {
    root = parseXml(await readFile(file, 'utf8'));
  } catch (error) {
    throw annotationFault((error as Error).message, file, undefined, error);
  }
  if (root.name !== 'annotations') {
    const remedy = 'export as "CVAT for images 1.1"';
    throw annotationFault(`XML of another kind (<${root.name}>), no export of CVAT`, file, remedy);
  }
  if (childrenOf(root, 'track').length > 0) {
    const remedy = 'export the same job as "CVAT for images 1.1"';
    throw annotationFault(
      '"CVAT for video" holds tracks, whose shapes stand for several frames',
      file,
      remedy,
    );
  }
  return root;
}

function readImage(image: XmlElement, file: string, unfit: UnfitShape[]): AnnotatedImage {
  const title = attribute(image, 'name', file);
  const where = `${file}, image ${title}`;
  const [width, height] = ['width', 'height'].map((side) => whole(image, side, where));
  const name = imageStem(title);
  const shapes: CvatShape[] = [];
  for (const element of image.children) {
    if (noShapes.includes(element.name)) continue;
    const object = objectOf(element, where);
    if (element.name !== 'polygon' && element.name !== 'mask')
      unfit.push({ kind: element.name, object, image: name });
    else shapes.push({ object, element, level: Number(element.attributes.get('z_order') ?? 0) });
  }
  shapes.sort((a, b) => a.level - b.level); // stable: equal levels stay in order
  return {
    ...{ name, file, width, height, objects: inOrderOfAppearance(shapes.map(({ object }) => object)) },
    *areas() {
      for (const { object, element } of shapes) {
        const what = `${where}, ${element.name} of ${object}`;
        const draw = element.name === 'mask' ? drawMask : drawPolygon;
        yield { object, inside: draw(element, { width, height }, what) };
      }
    },
  };
}

/** Label, and the group where shapes are grouped: `car`, `car #2`. */
function objectOf(shape: XmlElement, where: string): string {
  const label = attribute(shape, 'label', where);
  const group = shape.attributes.get('group_id') ?? '0';
  return group === '0' ? label : `${label} #${group}`;
}

type Size = { width: number; height: number };

/** `points="x,y;x,y;…"` */
function drawPolygon(shape: XmlElement, size: Size, where: string): Uint8Array {
  const flat = numbers(attribute(shape, 'points', where), where);
  const inside = new Uint8Array(size.width * size.height);
  fillPolygon(requireCorners(flat, 'the polygon', where), inside, size.width);
  return inside;
}

/** Run lengths along the rows of the box `left`, `top`, `width`, `height` (cvat-ai/cvat, issue 6487). */
function drawMask(shape: XmlElement, size: Size, where: string): Uint8Array {
  const [left, top, width, height] = ['left', 'top', 'width', 'height'].map((name) =>
    whole(shape, name, where),
  );
  if (left + width > size.width || top + height > size.height)
    throw annotationFault('the mask reaches beyond its image', where);
  const runs = numbers(attribute(shape, 'rle', where), where);
  const inside = new Uint8Array(size.width * size.height);
  try {
    const box = drawRuns(runs, { width, height }, 'rows');
    for (let y = 0; y < height; y++)
      inside.set(box.subarray(y * width, (y + 1) * width), (top + y) * size.width + left);
  } catch (error) {
    throw annotationFault((error as Error).message, where, undefined, error);
  }
  return inside;
}

function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function attribute(element: XmlElement, name: string, where: string): string {
  const value = element.attributes.get(name);
  if (value === undefined || value === '') throw annotationFault(`<${element.name}> has no ${name}`, where);
  return value;
}

function whole(element: XmlElement, name: string, where: string): number {
  const text = attribute(element, name, where);
  if (!/^\d+$/.test(text)) throw annotationFault(`${name} of <${element.name}> is ${text}, no number`, where);
  return Number(text);
}

function numbers(text: string, where: string): number[] {
  const values = text.split(/[,;]/).map((value) => (value.trim() === '' ? NaN : Number(value)));
  if (!values.every(Number.isFinite)) throw annotationFault('a coordinate or run length is no number', where);
  return values;
}
