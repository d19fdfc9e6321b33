import { decode, encode, type DecodedPng } from 'fast-png';
import type { LabelMap } from '../label-map.js';
import { davisPalette } from './palette.js';

const palette = davisPalette.map((colour) => [...colour]);

/** Label map → 8-bit indexed PNG with the DAVIS palette. The indices are the ids, none is altered. */
export function encodeIndexedPng(labels: LabelMap): Uint8Array {
  const { width, height, data } = labels;
  return encode({ width, height, data, depth: 8, channels: 1, palette });
}

/**
 * Indexed PNG of 1, 2, 4 or 8 bits → its indices. Throws `Error` on damaged files and on PNGs without a
 * palette.
 */
export function decodeIndexedPng(bytes: Uint8Array): LabelMap {
  const png = decodePng(bytes);
  if (!png.palette) throw new Error('this PNG has no palette');
  return { width: png.width, height: png.height, data: png.data as Uint8Array };
}

/**
 * Any PNG as it is stored: palette indices stay indices, one array element per value also below 8 bits.
 * Throws `Error` on damaged or truncated files (checksums are looked at).
 */
export function decodePng(bytes: Uint8Array): DecodedPng {
  const INTERLACE = 28; // byte of the header that says whether the rows are interlaced
  const png = decode(bytes, { checkCrc: true });
  if (png.depth >= 8) return png;
  // the codec reads interlaced rows of less than 8 bits wrongly
  if (bytes[INTERLACE] !== 0)
    throw new Error(`interlaced PNG with ${png.depth} bits per pixel, save it without interlacing`);
  return { ...png, data: unpackBits(png) };
}

/** Rows of 1, 2 or 4 bits per value, padded to whole bytes → one byte per value. */
function unpackBits({ data, depth, width, height }: DecodedPng): Uint8Array {
  const perByte = 8 / depth;
  const bytesPerRow = Math.ceil(width / perByte);
  const lowest = (1 << depth) - 1;
  const values = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const byte = data[y * bytesPerRow + Math.floor(x / perByte)];
      values[i] = (byte >> (8 - depth * ((x % perByte) + 1))) & lowest;
    }
  }
  return values;
}
