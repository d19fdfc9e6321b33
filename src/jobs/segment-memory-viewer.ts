/** Looks at how a method reads its memory while it segments, for `--viz-memory`. */
import type { Clip } from '../clips/clip.js';
import { resizePicture } from '../clips/resize.js';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Frame } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import { cutOut } from '../methods/contours/region-near-masks.js';
import type { FrameOrigin, MemoryUse } from '../methods/memory-use.js';
import type { Segmenter } from '../methods/method.js';
import type { Report } from '../progress.js';
import type { MemorySheet, SheetFrame, SheetPicture } from '../report/memory-sheet/content.js';
import { canDrawText } from '../report/memory-sheet/fonts.js';
import { drawMemorySheet, largestPicture } from '../report/memory-sheet/memory-sheet.js';
import { csv } from '../scores/csv.js';
import { describeMemoryView, questionsOf, type MemoryShare, type MemoryView } from './memory-view.js';
import type { OutputPaths } from './output-folder.js';
import type { LoggedFrame } from './segment-frame-log.js';

/** What was seen of the memory for some objects of a frame. */
export interface MemorySight {
  ids: number[];
  sheet: MemorySheet;
}

export interface MemoryViewer {
  /**
   * Looks at the memory for a frame that was segmented just now.
   *
   * @param labels the frame's, as they were decided
   * @param ids objects that were segmented
   */
  look(
    segmenter: Segmenter,
    frame: Frame,
    segmented: { labels: LabelMap; ids: readonly number[] },
  ): Promise<MemorySight[]>;
}

/** Warns where the system cannot write words into pictures. */
export async function createMemoryViewer(
  clip: Clip,
  view: MemoryView,
  report: Report,
): Promise<MemoryViewer> {
  if (!(await canDrawText())) {
    const text =
      'no font is installed: pictures of the memory have no words; memory.csv has frames and shares';
    report({ kind: 'warning', text });
  }
  const pictures = keptPictures(clip);
  return {
    async look(segmenter, frame, { labels, ids }) {
      if (!segmenter.explain) return [];
      const { held, origin, uses } = await segmenter.explain(questionsOf(view, labels, ids));
      if (!origin) return [];
      pictures.forget((index) => !held.includes(index));
      const picture = await pictures.of(origin, frame);
      const sights: MemorySight[] = [];
      for (const use of uses) {
        const frames: SheetFrame[] = [];
        for (const { origin: from, ...own } of use.frames)
          frames.push({ ...own, name: nameOf(clip, from), picture: from && (await pictures.of(from)) });
        sights.push({ ids: use.ids, sheet: sheetOf(view, frame, picture, use, frames) });
      }
      return sights;
    },
  };
}

/**
 * What the network saw of frames, as large as sheets show it. Frames of the memory were at hand when they were
 * segmented, and are kept small until they are forgotten; annotated ones are read again.
 */
function keptPictures(clip: Clip) {
  const kept = new Map<string, { index: number; picture: SheetPicture }>();
  const size = sizeInSheet(clip);
  return {
    async of({ index, place }: FrameOrigin, frame?: Frame): Promise<SheetPicture> {
      const key = [index, place.x, place.y, place.width, place.height].join();
      const known = kept.get(key);
      if (known) return known.picture;
      const { rgb, width } = frame ?? (await clip.frame(index));
      const part = cutOut(rgb, width, place, 3);
      const picture = { ...size, rgb: await resizePicture(part, place, size) };
      kept.set(key, { index, picture });
      return picture;
    },
    forget(isForgotten: (index: number) => boolean): void {
      for (const [key, { index }] of kept) if (isForgotten(index)) kept.delete(key);
    },
  };
}

/** Shares for the frame's line in the log. */
export function sharesOf(sights: readonly MemorySight[]): MemoryShare[] {
  return sights.flatMap(({ ids, sheet }) =>
    ids.flatMap((object) => sheet.frames.map(({ name, share }) => ({ object, from: name, share }))),
  );
}

/**
 * Draws and writes a frame's sheets. Throws `cannot-write`.
 *
 * @param objects all that are followed: sheets of clips with several are named after their object too
 */
export async function writeMemorySheets(
  paths: Pick<OutputPaths, 'memorySheet'>,
  sights: readonly MemorySight[],
  objects: readonly number[],
): Promise<void> {
  for (const { ids, sheet } of sights) {
    const own = ids.length === objects.length ? undefined : ids[0];
    await writeFileAtomically(paths.memorySheet(sheet.name, own), await drawMemorySheet(sheet));
  }
}

/** Writes `frame,object,memory frame,share` of all frames, in the clip's order. Throws `cannot-write`. */
export async function writeMemoryShares(
  file: string,
  names: readonly string[],
  done: ReadonlyMap<string, LoggedFrame>,
): Promise<void> {
  const rows = names.flatMap((name) =>
    (done.get(name)?.memory ?? []).map(({ object, from, share }) => [
      name,
      String(object),
      from,
      share.toFixed(SHARE_DIGITS),
    ]),
  );
  await writeFileAtomically(file, csv([['frame', 'object', 'memory frame', 'share'], ...rows]));
}

const SHARE_DIGITS = 6;

function sheetOf(
  view: MemoryView,
  { name }: Frame,
  picture: SheetPicture,
  { ids, cells, layout, grid, kernel }: MemoryUse,
  frames: SheetFrame[],
): MemorySheet {
  const objects = `${ids.length === 1 ? 'object' : 'objects'} ${ids.join(', ')}`;
  const asked =
    view === 'region'
      ? `its ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}`
      : `the cell at pixel ${describeMemoryView(view)}`;
  const count = `${frames.length} ${frames.length === 1 ? 'frame' : 'frames'}`;
  return {
    title: `Frame ${name}, ${objects}: what ${asked} read in a memory of ${count}`,
    ...{ name, picture, cells, frames, kernel },
    grid: { rows: grid.height, columns: grid.width, ...layout },
  };
}

function nameOf(clip: Clip, origin: FrameOrigin | undefined): string {
  return origin ? clip.names[origin.index] : 'not known';
}

/** All parts of frames have the frames' shape. */
function sizeInSheet({ width, height }: Clip): { width: number; height: number } {
  const scale = Math.min(largestPicture.width / width, largestPicture.height / height);
  const side = (pixels: number) => Math.max(1, Math.floor(pixels * scale));
  return { width: side(width), height: side(height) };
}
