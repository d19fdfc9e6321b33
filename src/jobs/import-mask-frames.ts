/** Which frame an annotated image belongs to. */
import type { AnnotatedImage } from '../clips/annotation-formats/annotations.js';
import type { Clip } from '../clips/clip.js';
import { decodePicture } from '../clips/decode-picture.js';
import { stem } from '../clips/frame-files.js';
import { resolveFrameKey } from '../clips/frame-keys.js';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';

/** The frame's picture, for its size and to look at. */
export interface MaskFrame {
  /** For messages: file, or clip and frame. */
  title: string;
  width: number;
  height: number;
  load(): Promise<Pick<Frame, 'width' | 'height' | 'rgb'>>;
}

export interface PlacedImage {
  image: AnnotatedImage;
  /** The mask is named so: as its frame where that is known, else as the image. */
  name: string;
  frame?: MaskFrame;
  note?: string;
}

export interface FrameRequest {
  clip?: Clip;
  /** With a clip the key of a frame, else a picture file. */
  frame?: string;
  /** Whether the trailing number of an image's name may stand for a frame: the tool named images after frames. */
  numbered: boolean;
}

/** Throws `unknown-frame`, `clip-unreadable`, and `usage` where `frame` is to stand for several images. */
export async function placeImages(
  images: readonly AnnotatedImage[],
  { clip, frame, numbered }: FrameRequest,
): Promise<PlacedImage[]> {
  if (frame !== undefined && images.length > 1) {
    const names = images.map(({ name }) => name).slice(0, 5);
    throw new OsvosError(
      'usage',
      `one frame for ${images.length} images (${names.join(', ')}${images.length > 5 ? ', …' : ''})`,
      `--frame ${frame}`,
      'give --clip alone: the frames are found by their names',
    );
  }
  if (!clip) {
    const picture = frame === undefined ? undefined : await openPicture(frame);
    return images.map((image) => ({
      image,
      name: frame === undefined ? image.name : stem(frame),
      frame: picture,
    }));
  }
  const placed = images.map((image) =>
    placeInClip(image, clip, frame, numbered || images.length > 1, images.length),
  );
  const twice = placed.find(({ name }, i) => placed.findIndex((other) => other.name === name) < i);
  if (twice) {
    const both = placed.filter(({ name }) => name === twice.name).map(({ image }) => image.name);
    throw new OsvosError(
      'unknown-frame',
      `two images are the frame ${twice.name}`,
      both.join(', '),
      'rename one',
    );
  }
  return placed;
}

async function openPicture(file: string): Promise<MaskFrame> {
  const picture = await decodePicture(file).catch((error: unknown) => {
    const what = `the frame cannot be read (${(error as Error).message.trim()})`;
    throw new OsvosError('clip-unreadable', what, file, 'give the picture of the frame', { cause: error });
  });
  return { title: file, width: picture.width, height: picture.height, load: async () => picture };
}

function placeInClip(
  image: AnnotatedImage,
  clip: Clip,
  key: string | undefined,
  numbered: boolean,
  count: number,
): PlacedImage {
  const index =
    key === undefined ? findByName(clip, image, numbered, count) : resolveFrameKey(clip.names, key);
  const name = clip.names[index];
  const frame = {
    title: `frame ${name} of ${clip.source}`,
    width: clip.width,
    height: clip.height,
    load: () => clip.frame(index),
  };
  const note = name === image.name ? undefined : `${image.name} is the mask of frame ${name}`;
  return { image, name, frame, note };
}

/** By the whole name, else by its number; a single mask of another name belongs to the first frame, as in `segment`. */
function findByName(clip: Clip, image: AnnotatedImage, numbered: boolean, count: number): number {
  const exact = clip.names.indexOf(image.name);
  if (exact >= 0) return exact;
  const number = /\d+$/.exec(image.name)?.[0];
  if (numbered && number !== undefined) return resolveFrameKey(clip.names, number);
  if (count > 1) return resolveFrameKey(clip.names, image.name);
  return clip.first;
}
