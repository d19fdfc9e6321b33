import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** A temporary folder for each test, removed after it. Call inside `describe`; the path is read inside `it`. */
export function temporaryFolder(): { path: string; at: (...parts: string[]) => string } {
  const folder = { path: '', at: (...parts: string[]) => path.join(folder.path, ...parts) };
  beforeEach(async () => {
    folder.path = await mkdtemp(path.join(tmpdir(), 'osvos-clips-'));
  });
  afterEach(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** One flat colour. */
export function flat(width: number, height: number, [r, g, b]: readonly number[]): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** Red left half, blue right half: turned pictures are told apart. */
export function redAndBlue(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) data[3 * i + (i % width < width / 2 ? 0 : 2)] = 255;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export async function save(file: string, content: Uint8Array | Promise<Uint8Array>): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await content);
  return file;
}

/** Colour of the pixel at x, y. */
export function pixel(picture: { width: number; rgb: Uint8Array }, x: number, y: number): number[] {
  return [...picture.rgb.subarray(3 * (y * picture.width + x), 3 * (y * picture.width + x) + 3)];
}

/** Waits for a failure and gives it; fails itself where there is none. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error as Error;
  }
  throw new Error('this should have failed');
}
