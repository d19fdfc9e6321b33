/** What an annotation tool wrote, in one form for all tools: images, and the areas of objects in them. */
import { OsvosError } from '../../errors.js';

/** Names of `--format`. */
export const annotationFormats = [
  'picture',
  'object-masks',
  'cvat',
  'cvat-masks',
  'labelme',
  'coco',
  'sam',
] as const;
export type AnnotationFormat = (typeof annotationFormats)[number];

/** Pixels that were drawn in one go. */
export interface Area {
  /** Name of the object; null: the pixels count for nothing (255). */
  object: string | null;
  /** `[height, width]`, not 0 inside. */
  inside: Uint8Array;
}

export interface AnnotatedImage {
  /** Stem of the annotated picture's file name. */
  name: string;
  /** File that the annotation stands in. */
  file: string;
  width: number;
  height: number;
  /** Names of the objects in the order of their first areas. */
  objects: string[];
  /** Areas from the lowest to the topmost, drawn one at a time. Throws `annotations-unreadable`. */
  areas(): Iterable<Area> | AsyncIterable<Area>;
}

/** A box, line or point: it says where an object is, not which pixels it has. */
export interface UnfitShape {
  /** `box`, `polyline`, … */
  kind: string;
  object: string;
  image: string;
}

export interface Annotations {
  format: AnnotationFormat;
  /** The format in words. */
  described: string;
  /** In the order of the file or of their names. */
  images: AnnotatedImage[];
  /** Ids that the format itself gives to objects; the others are counted. */
  ids: ReadonlyMap<string, number>;
  /** Whether images are named after frames; else their names are the user's own. */
  namedAfterFrames: boolean;
  unfit: UnfitShape[];
  notes: string[];
}

/** How annotations are to be read. */
export interface AnnotationRequest {
  /** Read it as this format, whatever it looks like. */
  format?: AnnotationFormat;
  /** Names of the clip's frames, where a clip is given: they tell frames from objects. */
  frames?: readonly string[];
}

/** A fault in an annotation file, for readers to throw. */
export function annotationFault(
  what: string,
  where: string,
  remedy = 'export the annotations again',
  cause?: unknown,
): OsvosError {
  return new OsvosError('annotations-unreadable', what, where, remedy, cause === undefined ? {} : { cause });
}

/** Names in the order of their first appearance, each once. */
export function inOrderOfAppearance(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Stem of a file name that was written on any system: `C:\frames\00012.jpg` → `00012`. */
export function imageStem(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? '';
  return base.replace(/(?<=.)\.[^.]*$/, '');
}

/** Refuses two images that would become the same mask. Throws `annotations-unreadable`. */
export function refuseDoubleNames(images: readonly AnnotatedImage[]): void {
  const seen = new Set<string>();
  for (const { name, file } of images) {
    if (seen.has(name)) {
      throw annotationFault(
        `two images are named ${name}`,
        file,
        'masks are named after their images: give them different names, or import them one by one',
      );
    }
    seen.add(name);
  }
}
