/** Frames and masks of a comparison as small pictures that a page can hold. */
import sharp from 'sharp';
import type { Clip } from '../../clips/clip.js';
import { readLabelPng } from '../../clips/label-png.js';
import { paletteColour, type Colour } from '../../clips/palette.js';
import { resizeLabels } from '../../clips/resize.js';
import { idsOf, VOID, type LabelMap } from '../../label-map.js';
import type { Protocol } from '../../scores/protocols.js';

/** A sequence, and where its masks are. */
export interface PictureSource {
  name: string;
  clip: Clip;
  protocol: Protocol | null;
  /** File of a frame's annotation; undefined where it has none. */
  truth: (frame: string) => string | undefined;
  /** By method: file of a frame's mask; undefined where there is none. */
  masks: ReadonlyMap<string, (frame: string) => string | undefined>;
}

/** All pictures are data URLs. */
export interface PicturedSequence {
  name: string;
  /** Of the pictures, pixels. */
  width: number;
  height: number;
  frames: PicturedFrame[];
}

export interface PicturedFrame {
  /** Name, and index in the clip. */
  name: string;
  index: number;
  picture: string;
  /** By method: the mask in the colours of its objects, and with annotations what is wrong with it. */
  masks: Record<string, { mask: string; errors?: string }>;
}

/** Longer side, pixels. */
const LONGEST = 480;
const JPEG_QUALITY = 62;

/** Colours of errors: found, found where there is nothing, missed; as in the legend of the page. */
export const errorColours: Record<'right' | 'wrong' | 'missed', Colour> = {
  right: [40, 170, 90],
  wrong: [225, 50, 50],
  missed: [40, 110, 255],
};

/** Pictures of the frames at `indices`, ascending. Throws as the clip and the masks' files. */
export async function picturesOf(
  source: PictureSource,
  indices: readonly number[],
): Promise<PicturedSequence> {
  const { clip, name } = source;
  const scale = Math.min(1, LONGEST / Math.max(clip.width, clip.height));
  const size = { width: Math.round(clip.width * scale), height: Math.round(clip.height * scale) };
  const frames: PicturedFrame[] = [];
  for (const index of indices) {
    const { rgb, name: frame } = await clip.frame(index);
    const picture = await sharp(rgb, { raw: { width: clip.width, height: clip.height, channels: 3 } })
      .resize(size.width, size.height, { fit: 'fill' })
      .jpeg({ quality: JPEG_QUALITY, mozjpeg: true })
      .toBuffer();
    const truthFile = source.truth(frame);
    const truth = truthFile === undefined ? undefined : await labelsAt(truthFile, source.protocol, size);
    const masks: PicturedFrame['masks'] = {};
    for (const [method, fileOf] of source.masks) {
      const file = fileOf(frame);
      if (file === undefined) continue;
      const labels = await labelsAt(file, source.protocol, size);
      masks[method] = {
        mask: await overlay(labels, size, paletteColour),
        ...(truth && { errors: await overlay(errorsOf(labels, truth), size, (kind) => errorList[kind - 1]) }),
      };
    }
    frames.push({ name: frame, index, picture: dataUrl('jpeg', picture), masks });
  }
  return { name, ...size, frames };
}

const errorList: Colour[] = [errorColours.right, errorColours.wrong, errorColours.missed];

/** The labels at a picture's size; with one object, all that is not background is it. */
async function labelsAt(
  file: string,
  protocol: Protocol | null,
  size: { width: number; height: number },
): Promise<Uint8Array> {
  const labels = await readLabelPng(file);
  const data = protocol === 'davis-2016' ? labels.data.map((label) => (label === 0 ? 0 : 1)) : labels.data;
  return resizeLabels(data, labels, size);
}

/** 1 = right, 2 = wrong, 3 = missed, 0 = rightly background. */
function errorsOf(found: Uint8Array, truth: Uint8Array): Uint8Array {
  return found.map((label, i) => {
    const real = truth[i] === VOID ? 0 : truth[i];
    if (label === real) return label === 0 ? 0 : 1;
    return label === 0 ? 3 : 2;
  });
}

/** Labels in colour on nothing. */
async function overlay(
  data: Uint8Array,
  { width, height }: { width: number; height: number },
  colourOf: (label: number) => Colour,
): Promise<string> {
  const labels: LabelMap = { width, height, data };
  const colours = new Map(idsOf(labels).map((id) => [id, colourOf(id)]));
  const rgba = new Uint8Array(4 * data.length);
  data.forEach((label, i) => {
    const colour = colours.get(label);
    if (colour) rgba.set([...colour, 255], 4 * i);
  });
  const png = sharp(rgba, { raw: { width, height, channels: 4 } }).png({
    palette: true,
    colours: 32,
    dither: 0,
  });
  return dataUrl('png', await png.toBuffer());
}

function dataUrl(kind: string, bytes: Buffer): string {
  return `data:image/${kind};base64,${bytes.toString('base64')}`;
}
