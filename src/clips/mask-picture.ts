import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { hasPngSignature } from 'fast-png';
import { OsvosError } from '../errors.js';
import { decodePng } from './indexed-png.js';
import { formatColour, packColour } from './palette.js';

/** A mask file's values as they are stored, before anyone decides what they mean. */
export interface MaskPicture {
  /** `PNG`, `JPEG`, … */
  format: string;
  /** Whether the format changes values a little (JPEG). */
  lossy: boolean;
  width: number;
  height: number;
  /** Bits of one value in the file. */
  bits: number;
  /** 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  channels: number;
  /** `[height, width, channels]`; below 8 bits the stored numbers, not scaled. */
  data: Uint8Array | Uint16Array;
  /** Packed colours by index, of indexed pictures only. */
  palette?: number[];
}

/**
 * Reads any picture as a mask: PNG keeps its palette and depth, other formats are decoded to 8 bits. Throws
 * `mask-unreadable`.
 */
export async function readMaskPicture(file: string): Promise<MaskPicture> {
  try {
    const bytes = await readFile(file);
    return isPng(bytes) ? readPng(bytes) : await readOther(bytes);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new OsvosError(
      'mask-unreadable',
      missing
        ? 'there is no such mask'
        : `the mask is damaged or no picture (${(error as Error).message.trim()})`,
      file,
      missing ? 'check the path' : 'save it again as PNG',
      { cause: error },
    );
  }
}

function isPng(bytes: Uint8Array): boolean {
  const SIGNATURE_BYTES = 8;
  return bytes.length >= SIGNATURE_BYTES && hasPngSignature(bytes);
}

function readPng(bytes: Uint8Array): MaskPicture {
  const { width, height, depth, channels, data, palette } = decodePng(bytes);
  return {
    format: 'PNG',
    lossy: false,
    width,
    height,
    bits: depth,
    channels,
    data: data instanceof Uint16Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.length),
    palette: palette?.map(([red, green, blue]) => packColour(red, green, blue)),
  };
}

async function readOther(bytes: Uint8Array): Promise<MaskPicture> {
  const image = sharp(bytes, { failOn: 'error', limitInputPixels: false });
  const { format, space } = await image.metadata();
  const colours = space === 'b-w' || space === 'grey16' ? 'b-w' : 'srgb';
  const decoded = image.autoOrient().toColourspace(colours).raw({ depth: 'uchar' });
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  const lossy = ['jpeg', 'webp', 'heif'].includes(format);
  return {
    format: format.toUpperCase(),
    lossy,
    width: info.width,
    height: info.height,
    channels: info.channels,
    bits: 8,
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

/** A value of a mask picture and how many pixels have it; `name` is the index, the grey value or the colour. */
export interface CountedValue {
  name: string;
  pixels: number;
}

/** Values with their pixel counts, the most frequent first; colours without alpha. */
export function countValues({ data, channels }: Pick<MaskPicture, 'data' | 'channels'>): CountedValue[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += channels) {
    const value = channels < 3 ? data[i] : packColour(data[i], data[i + 1], data[i + 2]);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([value, pixels]) => ({ name: channels < 3 ? String(value) : formatColour(value), pixels }));
}

/** `0 (396000 pixels), 255 (13920) and 3 more`: the first values with their counts. */
export function formatCounts(values: readonly CountedValue[], most = 20): string {
  const some = values
    .slice(0, most)
    .map(({ name, pixels }, i) => `${name} (${pixels}${i === 0 ? ' pixels' : ''})`);
  const more = values.length - some.length;
  return some.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
