/** A small data set in the form of BSDS500, and contour maps for it, in a temporary place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';

export const width = 24;
export const height = 16;

/** Columns that hold a contour from the first row to the last. */
export type Columns = readonly number[];

export class SmallBsds {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-bsds-'));
  readonly root = this.path('BSDS500');
  readonly maps = this.path('maps');
  private readonly lines = ['split,id,annotators,height,width'];

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** An image with a line of contours for each annotator. */
  image(split: string, id: string, annotators: readonly Columns[]): this {
    this.lines.push(`${split},${id},${annotators.length},${height},${width}`);
    this.write('BSDS500/annotators.csv', `${this.lines.join('\n')}\n`);
    annotators.forEach((columns, k) =>
      this.grey(`BSDS500/boundaries/${split}/${id}/${k}.png`, (x) => (columns.includes(x) ? 255 : 0)),
    );
    return this;
  }

  /** A contour map of 16 bits: how strong each column is, 0–1. */
  map(id: string, strength: (x: number) => number): this {
    return this.grey(`maps/${id}.png`, (x) => Math.round(65535 * strength(x)), 16);
  }

  grey(file: string, value: (x: number, y: number) => number, depth: 8 | 16 = 8): this {
    const values = Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
    const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
    return this.write(file, encode({ width, height, data, depth, channels: 1 }));
  }

  write(file: string, content: Uint8Array | string): this {
    const full = this.path(file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content);
    return this;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
