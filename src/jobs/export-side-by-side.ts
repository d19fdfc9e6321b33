/** `osvos export side-by-side`: the overlays of several results beside each other, each under its name. */
import path from 'node:path';
import sharp from 'sharp';
import { masksOfClip } from '../clips/exports/clip-masks.js';
import type { ScannedMask } from '../clips/exports/mask-folder.js';
import { openClip, type OpenClipOptions } from '../clips/open-clip.js';
import { drawOverlay } from '../clips/overlay.js';
import { overlayVideoOptions, streamOverlayVideo } from '../clips/overlay-video.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { Report } from '../progress.js';
import { canDrawText } from '../report/memory-sheet/fonts.js';
import { drawText, svg } from '../report/memory-sheet/marks.js';
import { encodePicture, rateNote, type OverlayExport } from './export-overlay.js';
import { prepareFile } from './export-output.js';
import { countSteps, requireGoing } from './export-steps.js';
import { requireVideoWriter } from './segment-video-writer.js';

export interface SideBySideJob {
  /** Two or more folders of masks of the clip. */
  results: readonly string[];
  /** One for each folder; the folders' own when left out. */
  names?: readonly string[];
  clip: string;
  range: OpenClipOptions;
  /** A file *.mp4. */
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface SideBySideExport extends OverlayExport {
  names: string[];
}

/** Where the pictures stand on the canvas. */
interface Sheet {
  width: number;
  height: number;
  /** Of each picture. */
  panel: { width: number; height: number };
  lefts: number[];
}

/** Wider videos are played by few machines: pictures get smaller. */
const MOST_WIDTH = 3840;
const GAP = 4;
/** Height of the line of names. */
const STRIP = 32;
const TEXT = { size: 18, colour: '#fff', baseLine: 22, indent: 8 };

/** Throws as `exportAlpha`. */
export async function exportSideBySide(job: SideBySideJob): Promise<SideBySideExport> {
  const { results, out, report, signal } = job;
  await prepareFile({ out, force: job.force, inputs: [...results, job.clip] }, '.mp4');
  await requireVideoWriter(`--out ${out}`, 'use osvos compare for a page');
  const names = chooseNames(results, job.names);
  const clip = await openClip(job.clip, job.range);
  const count = clip.last - clip.first + 1;
  const steps = countSteps(report);
  steps.begin('reading masks', count * results.length, 'masks');
  const masks: ScannedMask[][] = [];
  const notes: string[] = [];
  for (const folder of results) {
    const found = await masksOfClip(folder, clip, steps.next);
    masks.push(found.masks);
    notes.push(...found.notes);
  }
  const sheet = layOut(clip, results.length);
  if (sheet.panel.width < clip.width)
    notes.push(`pictures of ${formatSize(sheet.panel)}, from ${formatSize(clip)}`);
  const drawable = await canDrawText();
  if (!drawable) notes.push(`no font here to write names with; from left to right: ${names.join(', ')}`);
  const empty = await drawSheet(sheet, drawable ? names : []);
  async function* pictures(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const frame of clip.frames()) {
      requireGoing(signal, out);
      const canvas = Uint8Array.from(empty);
      for (const [i, own] of masks.entries()) {
        const overlay = drawOverlay(frame, await own[frame.index - clip.first].read());
        place(canvas, sheet, await fit(overlay, frame, sheet.panel), sheet.lefts[i]);
      }
      yield await encodePicture(canvas, sheet.width, sheet.height);
      steps.next();
    }
  }
  steps.begin('writing the video', count, 'frames');
  const changed = await streamOverlayVideo(out, pictures(), count, overlayVideoOptions(clip));
  const { width, height } = sheet;
  const said = [...clip.notes, ...notes, ...changed, ...rateNote(clip)];
  return { out, frames: count, width, height, names, notes: said };
}

/** Folders' names; where two are the same, with the folder above. Throws `usage`. */
function chooseNames(results: readonly string[], given: readonly string[] | undefined): string[] {
  if (results.length < 2)
    throw new OsvosError(
      'usage',
      'one folder of masks alone',
      results.join(),
      'give two or more, or use osvos export overlay',
    );
  if (given && given.length !== results.length) {
    const what = `${given.length} names for ${results.length} folders`;
    throw new OsvosError(
      'usage',
      what,
      `--names ${given.join(',')}`,
      'give one for each folder, separated by commas',
    );
  }
  if (given) return [...given];
  const parts = results.map((folder) => path.resolve(folder).split(path.sep));
  const own = parts.map((part) => part.at(-1)!);
  return new Set(own).size === own.length ? own : parts.map((part) => part.slice(-2).join('/'));
}

function layOut(frame: { width: number; height: number }, count: number): Sheet {
  const scale = Math.min(1, (MOST_WIDTH - (count - 1) * GAP) / count / frame.width);
  const panel = { width: Math.floor(frame.width * scale), height: Math.round(frame.height * scale) };
  const lefts = Array.from({ length: count }, (_, i) => i * (panel.width + GAP));
  return { width: count * (panel.width + GAP) - GAP, height: panel.height + STRIP, panel, lefts };
}

/** The canvas with the names on top of the places: `[height, width, 3]`. */
async function drawSheet(
  { width, height, panel, lefts }: Sheet,
  names: readonly string[],
): Promise<Uint8Array> {
  const { size, colour, baseLine, indent } = TEXT;
  const most = Math.max(1, Math.floor((panel.width - 2 * indent) / (0.62 * size))); // letters, of medium width
  const shorten = (name: string) => (name.length > most ? `…${name.slice(name.length - most + 1)}` : name);
  const words = names.map((name, i) =>
    drawText(lefts[i] + indent, baseLine, shorten(name), { size, colour }),
  );
  const sheet = sharp({ create: { width, height, channels: 3, background: 'black' } });
  const drawn = sheet.composite([{ input: Buffer.from(svg(width, height, words)) }]).removeAlpha();
  return drawn.toColourspace('srgb').raw().toBuffer();
}

async function fit(
  rgb: Uint8Array,
  { width, height }: { width: number; height: number },
  panel: Sheet['panel'],
): Promise<Uint8Array> {
  if (panel.width === width && panel.height === height) return rgb;
  const picture = sharp(rgb, { raw: { width, height, channels: 3 } });
  return picture.resize(panel.width, panel.height, { fit: 'fill' }).raw().toBuffer();
}

function place(canvas: Uint8Array, { width, panel }: Sheet, rgb: Uint8Array, left: number): void {
  const row = 3 * panel.width;
  for (let y = 0; y < panel.height; y++)
    canvas.set(rgb.subarray(y * row, (y + 1) * row), 3 * ((y + STRIP) * width + left));
}
