/** Small clips in temporary folders, made without the code under test. */
import { mkdtemp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';
import { writeFile } from 'node:fs/promises';

export const WIDTH = 48;
export const HEIGHT = 32;

/** A folder that is removed by `remove`. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'osvos-jobs-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes frames `00000.png` … and gives the folder. */
export async function writeFrames(folder: string, count: number, start = 0): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let i = start; i < start + count; i++) {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, k) => (k * 7 + i * 13) % 251);
    const png = encode({ width: WIDTH, height: HEIGHT, data, channels: 3, depth: 8 });
    await writeFile(path.join(folder, `${String(i).padStart(5, '0')}.png`), png);
  }
  return folder;
}

/** A rectangle of the given id; other rectangles may follow. */
export type Box = [id: number, x: number, y: number, width: number, height: number];

export function labelsWith(boxes: Box[], width = WIDTH, height = HEIGHT): Uint8Array {
  const labels = new Uint8Array(width * height);
  for (const [id, x, y, w, h] of boxes) {
    for (let row = y; row < y + h; row++) labels.fill(id, row * width + x, row * width + x + w);
  }
  return labels;
}

/** Writes a mask as grey PNG whose values are the ids. */
export async function writeGreyMask(
  file: string,
  boxes: Box[],
  width = WIDTH,
  height = HEIGHT,
): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    encode({ width, height, data: labelsWith(boxes, width, height), channels: 1, depth: 8 }),
  );
  return file;
}

/** SHA-256 of every file in a folder (not below it) with the given ending. */
export async function digests(folder: string, ending = '.png'): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  const entries = names.map(async (name) => {
    const content = await readFile(path.join(folder, name));
    return [name, createHash('sha256').update(content).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
