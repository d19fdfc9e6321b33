/** Small folders of masks and annotations, written to a temporary place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';
import { encodeIndexedPng } from '../../src/clips/indexed-png.js';

export const width = 40;
export const height = 20;

export type Painter = (data: Uint8Array) => void;

/** Fills columns `from` … `to` (both included) of the rows 5 … 14 with a label. */
export const bar =
  (from: number, to: number, label: number): Painter =>
  (data) => {
    for (let y = 5; y < 15; y++) data.fill(label, y * width + from, y * width + to + 1);
  };

export class Fixture {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'osvos-evaluate-'));

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** An indexed PNG, as the program writes them. */
  ids(file: string, ...painters: Painter[]): string {
    return this.write(file, encodeIndexedPng({ width, height, data: painted(painters) }));
  }

  /** An 8-bit grey PNG, as DAVIS 2016 has them. */
  grey(file: string, ...painters: Painter[]): string {
    return this.write(file, encode({ width, height, data: painted(painters), channels: 1, depth: 8 }));
  }

  write(file: string, content: Uint8Array | string): string {
    const full = this.path(file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  }

  /** `frames` black and white annotations of a bar in the columns 10–19. */
  barTruth(folder: string, frames: number): void {
    for (let t = 0; t < frames; t++) this.grey(`${folder}/${frameName(t)}.png`, bar(10, 19, 255));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function frameName(t: number): string {
  return String(t).padStart(5, '0');
}

function painted(painters: Painter[]): Uint8Array {
  const data = new Uint8Array(width * height);
  for (const paint of painters) paint(data);
  return data;
}
