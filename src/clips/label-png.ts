/**
 * A fast reader of label images for scoring, where thousands are read: non-interlaced PNG of grey, grey with alpha
 * or palette, up to 8 bits per sample (PNG specification, third edition, sections 7–9 and 11). What is left,
 * interlaced, 16-bit and colour images, goes the slow way through indexed-png.ts.
 */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { OsvosError } from '../errors.js';
import type { LabelMap } from '../label-map.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples per pixel by colour type, of the types that hold labels. */
const CHANNELS: Partial<Record<number, number>> = { 0: 1, 3: 1, 4: 2 };
const PALETTE = 3;

interface Header {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  interlaced: boolean;
}

/** Labels of a PNG file, see `decodeLabelPng`. Throws `mask-unreadable` (exit 3). */
export async function readLabelPng(file: string): Promise<LabelMap> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file); // small files: a round trip through the thread pool would cost more than the reading
  } catch (error) {
    throw new OsvosError('mask-unreadable', (error as Error).message, file, 'check the file', {
      cause: error,
    });
  }
  return decodeLabelPng(bytes, file);
}

/**
 * Labels of a PNG: palette images give their indices; grey ones their values, scaled to 0–255 as the specification
 * says (1-bit white is 255); of grey with alpha the grey. Colour images are read where their bands agree.
 * Throws `mask-unreadable` (exit 3) naming `file`.
 */
export async function decodeLabelPng(bytes: Uint8Array, file: string): Promise<LabelMap> {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { header, data } = readChunks(bytes, view);
    const channels = CHANNELS[header.colourType];
    if (channels === undefined || header.depth > 8 || header.interlaced) return await decodeOther(bytes);
    const stride = Math.ceil((header.width * header.depth * channels) / 8);
    const raw = inflate(data, (stride + 1) * header.height);
    const samples = unfilter(raw, stride, header.height, channels); // filters work on whole bytes: channels = bytes per pixel
    const { width, height } = header;
    if (channels > 1) return { width, height, data: firstChannel(samples, channels) };
    return { width, height, data: header.depth === 8 ? samples : unpack(samples, stride, header) };
  } catch (error) {
    const remedy = 'save it again as indexed or grey PNG';
    throw new OsvosError(
      'mask-unreadable',
      `not a readable label PNG (${(error as Error).message})`,
      file,
      remedy,
      {
        cause: error,
      },
    );
  }
}

/** Checks the frame of the file and gathers the compressed data. Checksums of chunks are left to zlib's own. */
function readChunks(bytes: Uint8Array, view: DataView): { header: Header; data: Uint8Array[] } {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new Error('no PNG signature');
  let header: Header | undefined;
  const data: Uint8Array[] = [];
  for (let at = SIGNATURE.length; ;) {
    if (at + 12 > bytes.length) throw new Error('the file ends early');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = at + 8;
    if (body + length + 4 > bytes.length) throw new Error('the file ends early');
    if (type === 'IHDR') header = readHeader(view, body);
    else if (type === 'IDAT') data.push(bytes.subarray(body, body + length));
    else if (type === 'IEND') break;
    at = body + length + 4;
  }
  if (header === undefined || data.length === 0) throw new Error('no image in it');
  return { header, data };
}

function readHeader(view: DataView, at: number): Header {
  return {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    depth: view.getUint8(at + 8),
    colourType: view.getUint8(at + 9),
    interlaced: view.getUint8(at + 12) !== 0,
  };
}

function inflate(data: Uint8Array[], size: number): Uint8Array {
  const compressed = data.length === 1 ? data[0] : Buffer.concat(data);
  // one chunk as large as the image: growing in steps costs as much as the decoding
  const raw = inflateSync(compressed, { chunkSize: size + 64 });
  if (raw.length < size) throw new Error('too little image data');
  return raw;
}

/** Undoes the five row filters; `distance` is the number of bytes of a pixel, at least one. */
function unfilter(raw: Uint8Array, stride: number, height: number, distance: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    const above = to - stride; // of the first row: outside, read as 0
    const filter = raw[from - 1];
    if (filter === 0 || (filter === 2 && y === 0)) {
      out.set(raw.subarray(from, from + stride), to);
    } else if (filter === 1) {
      for (let x = 0; x < stride; x++)
        out[to + x] = raw[from + x] + (x < distance ? 0 : out[to + x - distance]);
    } else if (filter === 2) {
      for (let x = 0; x < stride; x++) out[to + x] = raw[from + x] + out[above + x];
    } else if (filter === 3) {
      for (let x = 0; x < stride; x++) {
        const left = x < distance ? 0 : out[to + x - distance];
        const up = y === 0 ? 0 : out[above + x];
        out[to + x] = raw[from + x] + ((left + up) >> 1);
      }
    } else if (filter === 4) {
      for (let x = 0; x < stride; x++) {
        const left = x < distance ? 0 : out[to + x - distance];
        const up = y === 0 ? 0 : out[above + x];
        const corner = x < distance || y === 0 ? 0 : out[above + x - distance];
        out[to + x] = raw[from + x] + paeth(left, up, corner);
      }
    } else throw new Error(`unknown row filter ${filter}`);
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const byLeft = Math.abs(up - corner);
  const byUp = Math.abs(left - corner);
  const byCorner = Math.abs(left + up - 2 * corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

/** Grey without its alpha. */
function firstChannel(samples: Uint8Array, channels: number): Uint8Array {
  const labels = new Uint8Array(samples.length / channels);
  for (let i = 0; i < labels.length; i++) labels[i] = samples[i * channels];
  return labels;
}

/** Samples of 1, 2 or 4 bits as bytes; grey ones are scaled to 0–255, palette indices are not. */
function unpack(samples: Uint8Array, stride: number, header: Header): Uint8Array {
  const { width, height, depth, colourType } = header;
  const top = (1 << depth) - 1;
  const scale = colourType === PALETTE ? 1 : 255 / top;
  const values = Uint8Array.from({ length: top + 1 }, (_, sample) => sample * scale);
  const labels = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const end = i + width;
    for (let at = y * stride; i < end; at++) {
      const byte = samples[at];
      if (byte === 0) {
        i = Math.min(end, i + 8 / depth); // most of a mask: background, which is there already
        continue;
      }
      for (let shift = 8 - depth; shift >= 0 && i < end; shift -= depth)
        labels[i++] = values[(byte >> shift) & top];
    }
  }
  return labels;
}

/** Interlaced, 16-bit and colour images: the high byte of each value, where all colour bands agree. */
async function decodeOther(bytes: Uint8Array): Promise<LabelMap> {
  const { decodePng } = await import('./indexed-png.js'); // rarely needed, and slow to load
  const { width, height, channels, depth, data } = decodePng(bytes);
  const bands = channels < 3 ? 1 : 3; // the rest is alpha
  const shift = depth === 16 ? 8 : 0;
  const labels = new Uint8Array(width * height);
  for (let i = 0; i < labels.length; i++) {
    const value = data[i * channels];
    for (let band = 1; band < bands; band++) {
      if (data[i * channels + band] !== value) throw new Error('a colour image whose bands differ');
    }
    labels[i] = value >> shift;
  }
  return { width, height, data: labels };
}
