/** COCO's "object detection" JSON: https://cocodataset.org/#format-data */
import {
  annotationFault,
  imageStem,
  inOrderOfAppearance,
  refuseDoubleNames,
  type AnnotatedImage,
  type Annotations,
  type UnfitShape,
} from './annotations.js';
import { drawSegmentation, hasSegmentation } from './coco-segmentation.js';
import { isObject, requireList, requireObject, requireSide, requireText, type JsonObject } from './json.js';

/** Whether JSON is a COCO data set. */
export function isCoco(content: unknown): boolean {
  return isObject(content) && Array.isArray(content.images) && Array.isArray(content.annotations);
}

/** What is met on the way through the images. */
interface Found {
  unfit: UnfitShape[];
  /** Objects that only their order tells from others of their category. */
  counted: string[];
}

interface CocoShape {
  object: string;
  segmentation: unknown;
  where: string;
}

/**
 * Images and their segmentations. Each annotation is an object of its own: by its track where it has one (`car #7`),
 * else the first of its category in an image (`car`), the second (`car 2`), and so on. Throws `annotations-unreadable`.
 */
export function readCoco(content: unknown, file: string): Annotations {
  const root = requireObject(content, 'it', file);
  const categories = readCategories(root, file);
  const byImage = new Map<unknown, JsonObject[]>();
  for (const value of requireList(root.annotations, 'annotations', file)) {
    const annotation = requireObject(value, 'an annotation', file);
    const others = byImage.get(annotation.image_id);
    if (others) others.push(annotation);
    else byImage.set(annotation.image_id, [annotation]);
  }
  const found: Found = { unfit: [], counted: [] };
  const images = requireList(root.images, 'images', file).map((value) => {
    const image = requireObject(value, 'an image', file);
    const annotations = byImage.get(image.id) ?? [];
    byImage.delete(image.id);
    return readImage(image, annotations, categories, file, found);
  });
  for (const id of byImage.keys())
    throw annotationFault(`annotations of image ${String(id)}, which is not listed`, file);
  refuseDoubleNames(images);
  return {
    ...{ format: 'coco', described: 'COCO JSON', images, unfit: found.unfit },
    ...{ ids: new Map(), namedAfterFrames: true, notes: describeInstances(found.counted, images) },
  };
}

function readCategories(root: JsonObject, file: string): Map<unknown, string> {
  const categories = requireList(root.categories ?? [], 'categories', file).map((value) => {
    const category = requireObject(value, 'a category', file);
    return [category.id, requireText(category.name, 'the name of a category', file)] as const;
  });
  return new Map(categories);
}

function readImage(
  image: JsonObject,
  annotations: readonly JsonObject[],
  categories: ReadonlyMap<unknown, string>,
  file: string,
  found: Found,
): AnnotatedImage {
  const title = requireText(image.file_name, 'file_name of an image', file);
  const [width, height] = (['width', 'height'] as const).map((side) =>
    requireSide(image[side], `${side} of ${title}`, file),
  );
  const name = imageStem(title);
  const counts = new Map<string, number>();
  const names = new Set(categories.values());
  const shapes: CocoShape[] = [];
  for (const annotation of annotations) {
    const where = `${file}, annotation ${String(annotation.id)} of ${title}`;
    const category = categories.get(annotation.category_id) ?? `category ${String(annotation.category_id)}`;
    const track = trackOf(annotation, category);
    const object = track ?? nextInstance(counts, category, names);
    if (track === undefined && object !== category) found.counted.push(object);
    if (hasSegmentation(annotation)) shapes.push({ object, segmentation: annotation.segmentation, where });
    else found.unfit.push({ kind: 'box', object, image: name });
  }
  return {
    ...{ name, file, width, height, objects: inOrderOfAppearance(shapes.map(({ object }) => object)) },
    *areas() {
      for (const { object, segmentation, where } of shapes)
        yield { object, inside: drawSegmentation(segmentation, { width, height }, where) };
    },
  };
}

/** Video tools add the number of a track, CVAT among the attributes. */
function trackOf(annotation: JsonObject, category: string): string | undefined {
  const attributes = isObject(annotation.attributes) ? annotation.attributes : {};
  const track = annotation.track_id ?? attributes.track_id;
  return typeof track === 'number' || typeof track === 'string' ? `${category} #${track}` : undefined;
}

/** Gives `car`, then `car 2`, … and never the name of another category. */
function nextInstance(
  counts: Map<string, number>,
  category: string,
  categories: ReadonlySet<string>,
): string {
  let number = (counts.get(category) ?? 0) + 1;
  while (number > 1 && categories.has(`${category} ${number}`)) number++;
  counts.set(category, number);
  return number === 1 ? category : `${category} ${number}`;
}

/** Nothing but their order says which annotation of one frame is the same object as one of another frame. */
function describeInstances(counted: readonly string[], images: readonly AnnotatedImage[]): string[] {
  if (counted.length === 0) return [];
  const names = inOrderOfAppearance(counted).join(', ');
  const several = `several annotations of one category in an image are objects of their own (${names})`;
  const annotated = images.filter(({ objects }) => objects.length > 0).length;
  return annotated > 1 ? [`${several}, the same from image to image by their order`] : [several];
}
