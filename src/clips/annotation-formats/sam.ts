/** Masks of Segment Anything: the list of its automatic generator (`output_mode="coco_rle"`), or a file of SA-1B. */
import { annotationFault, imageStem, type Annotations } from './annotations.js';
import { drawSegmentation, sizeOfRle } from './coco-segmentation.js';
import { isObject, requireList, requireObject, requireSide } from './json.js';

/** Whether JSON holds masks of Segment Anything. */
export function isSam(content: unknown): boolean {
  const list: unknown = isObject(content) && isObject(content.image) ? content.annotations : content;
  return Array.isArray(list) && list.length > 0 && isObject(list[0]) && 'segmentation' in list[0];
}

/** One image, named after the file; its masks are `mask 0`, `mask 1`, … Throws `annotations-unreadable`. */
export function readSam(content: unknown, file: string): Annotations {
  const root = isObject(content) ? content : { annotations: content };
  const masks = requireList(root.annotations, 'the list of masks', file).map((value, i) => {
    const mask = requireObject(value, `mask ${i}`, file);
    if ('image_id' in mask) {
      const remedy = 'import a COCO file with images, annotations and categories';
      throw annotationFault(
        'a list of COCO results, which does not say how its images are named',
        file,
        remedy,
      );
    }
    const where = `${file}, mask ${i}`;
    return {
      object: `mask ${i}`,
      segmentation: requireObject(mask.segmentation, 'segmentation', where),
      where,
    };
  });
  if (masks.length === 0) throw annotationFault('the list of masks is empty', file);
  const image = isObject(root.image) ? root.image : undefined;
  const size = image
    ? { width: requireSide(image.width, 'width', file), height: requireSide(image.height, 'height', file) }
    : sizeOfRle(masks[0].segmentation, masks[0].where);
  const name = imageStem(typeof image?.file_name === 'string' ? image.file_name : file);
  const areas = function* () {
    for (const { object, segmentation, where } of masks)
      yield { object, inside: drawSegmentation(segmentation, size, where) };
  };
  return {
    ...{ format: 'sam', described: `masks of Segment Anything (JSON, ${masks.length})` },
    images: [{ name, file, ...size, objects: masks.map(({ object }) => object), areas }],
    ...{ ids: new Map(), namedAfterFrames: image !== undefined, unfit: [], notes: [] },
  };
}
