/** Frames and masks of a comparison as small pictures that a page can hold. */
import { encode } from 'fast-png';
import sharp from 'sharp';
import type { Clip } from '../../clips/clip.js';
import { readLabelPng } from '../../clips/label-png.js';
import { paletteColour, type Colour } from '../../clips/palette.js';
import { resizeLabels } from '../../clips/resize.js';
import type { Frame } from '../../frame.js';
import { VOID } from '../../label-map.js';
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

interface Size {
  width: number;
  height: number;
}

/** Longer side, pixels. */
const LONGEST = 480;
const JPEG_QUALITY = 62;
/** Frames that are drawn while the next one is read. */
const IN_FLIGHT = 4;

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
  const frames: Promise<PicturedFrame>[] = [];
  for (const [i, index] of indices.entries()) {
    await frames[i - IN_FLIGHT];
    // read one after the other, as videos want it; drawn beside that
    const drawn = drawFrame(await clip.frame(index), source, size);
    drawn.catch(() => undefined); // who waits for it hears of it
    frames.push(drawn);
  }
  return { name, ...size, frames: await Promise.all(frames) };
}

async function drawFrame(
  { rgb, name, index, width, height }: Frame,
  source: PictureSource,
  size: Size,
): Promise<PicturedFrame> {
  const picture = sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill' })
    // the search for the best scans takes a third of the time and wins nothing
    .jpeg({ quality: JPEG_QUALITY, mozjpeg: true, optimiseScans: false })
    .toBuffer();
  picture.catch(() => undefined);
  const truthFile = source.truth(name);
  const truth = truthFile === undefined ? undefined : await labelsAt(truthFile, source.protocol, size);
  const masks: PicturedFrame['masks'] = {};
  for (const [method, fileOf] of source.masks) {
    const file = fileOf(name);
    if (file === undefined) continue;
    const labels = await labelsAt(file, source.protocol, size);
    masks[method] = {
      mask: overlay(labels, size, paletteColour),
      ...(truth && { errors: overlay(errorsOf(labels, truth), size, (kind) => errorList[kind - 1]) }),
    };
  }
  return { name, index, picture: dataUrl('jpeg', await picture), masks };
}

const errorList: Colour[] = [errorColours.right, errorColours.wrong, errorColours.missed];

/** The labels at a picture's size; with one object, all that is not background is it. */
async function labelsAt(file: string, protocol: Protocol | null, size: Size): Promise<Uint8Array> {
  const labels = await readLabelPng(file);
  const data = resizeLabels(labels.data, labels, size);
  return protocol === 'davis-2016' ? data.map((label) => (label === 0 ? 0 : 1)) : data;
}

/** 1 = right, 2 = wrong, 3 = missed, 0 = rightly background. */
function errorsOf(found: Uint8Array, truth: Uint8Array): Uint8Array {
  return found.map((label, i) => {
    const real = truth[i] === VOID ? 0 : truth[i];
    if (label === real) return label === 0 ? 0 : 1;
    return label === 0 ? 3 : 2;
  });
}

/** Labels in colour on nothing: an indexed PNG with as few bits a pixel as its labels need, whose colour 0 is transparent. */
function overlay(data: Uint8Array, { width, height }: Size, colourOf: (label: number) => Colour): string {
  let largest = 0;
  for (const label of data) if (label > largest) largest = label;
  const colours = Array.from({ length: largest }, (_, i) => [...colourOf(i + 1), 255]);
  const depth = largest < 4 ? 2 : largest < 16 ? 4 : 8;
  const packed = packBits(data, width, depth);
  const palette = [[0, 0, 0, 0], ...colours];
  const png = encode({ width, height, data: packed, depth, channels: 1, palette }, { zlib: { level: 6 } });
  return dataUrl('png', Buffer.from(png));
}

/** Several values to the byte, the first highest; rows begin with a byte of their own. */
function packBits(values: Uint8Array, width: number, depth: number): Uint8Array {
  if (depth === 8) return values;
  const perByte = 8 / depth;
  const stride = Math.ceil(width / perByte);
  const packed = new Uint8Array((stride * values.length) / width);
  for (let row = 0, i = 0; row < packed.length; row += stride) {
    for (let x = 0; x < width; x++, i++) {
      if (values[i] !== 0)
        packed[row + Math.floor(x / perByte)] |= values[i] << (8 - depth * ((x % perByte) + 1));
    }
  }
  return packed;
}

function dataUrl(kind: string, bytes: Buffer): string {
  return `data:image/${kind};base64,${bytes.toString('base64')}`;
}
