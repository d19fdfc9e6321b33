import { open, readFile } from 'node:fs/promises';
import sharp from 'sharp';

sharp.cache(false); // no picture is decoded twice, and memory must not grow with the clip

/** What a picture file says about itself before its pixels are decoded. */
export interface PictureHeader {
  /** Displayed size, after the rotation that EXIF asks for. */
  width: number;
  height: number;
  /** `jpeg`, `png`, `tiff`, … */
  format: string;
  rotated: boolean;
  alpha: boolean;
  grey: boolean;
  cmyk: boolean;
  /** Whether channels have more than 8 bits. */
  deep: boolean;
  /** Pictures in the file; only the first is read. */
  pages: number;
}

const HEADER_BYTES = 1 << 16; // enough for the header of nearly all files; the rest is read only where it is not

/** Reads a picture's header. Throws the decoder's or file system's own `Error`. */
export async function readPictureHeader(file: string): Promise<PictureHeader> {
  const start = await readStart(file, HEADER_BYTES);
  try {
    return await describe(start);
  } catch (error) {
    if (start.length < HEADER_BYTES) throw error;
    return describe(await readFile(file));
  }
}

async function describe(bytes: Uint8Array): Promise<PictureHeader> {
  const {
    width,
    height,
    format,
    orientation = 1,
    hasAlpha,
    space,
    depth,
    pages = 1,
  } = await sharp(bytes, {
    failOn: 'none', // the start of a file is truncated by nature; pixels are judged when they are decoded
    limitInputPixels: false,
  }).metadata();
  const sideways = orientation >= 5; // EXIF orientations 5–8 swap width and height
  return {
    width: sideways ? height : width,
    height: sideways ? width : height,
    format,
    rotated: orientation > 1,
    alpha: hasAlpha,
    grey: space === 'b-w' || space === 'grey16',
    cmyk: space === 'cmyk',
    deep: depth !== 'uchar',
    pages,
  };
}

/** The first `count` bytes of a file, fewer where it is shorter. */
export async function readStart(file: string, count: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Picture file → 8-bit sRGB `[height, width, 3]` in displayed orientation, alpha over black. The file is read as
 * bytes and decoded from memory, since decoders trip over unusual paths. Throws the decoder's own `Error` on
 * unreadable and truncated files.
 */
export async function decodePicture(
  file: string,
): Promise<{ width: number; height: number; rgb: Uint8Array }> {
  const { data, info } = await sharp(await readFile(file), { failOn: 'error', limitInputPixels: false })
    .autoOrient()
    .flatten({ background: 'black' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const rgb = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { width: info.width, height: info.height, rgb };
}
