/** Looks at how a method reads its memory while it segments, for `--viz-memory`. */
import type { Clip } from '../clips/clip.js';
import { resizePicture } from '../clips/resize.js';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Frame } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import type { FrameUse, MemoryUse } from '../methods/memory-use.js';
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
   * Looks at the memory for a frame. To be called with every frame of a pass, right after it was segmented: the pictures
   * of frames that are remembered are kept here.
   *
   * @param segmented the frame's labels and the objects that were segmented; none where the masks were given
   */
  look(
    segmenter: Segmenter,
    frame: Frame,
    segmented?: { labels: LabelMap; ids: readonly number[] },
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
      'no font is installed: the pictures of the memory have no words; memory.csv names frames and shares';
    report({ kind: 'warning', text });
  }
  const pictures = new Map<number, SheetPicture>();
  const pictureOf = async (index: number | undefined): Promise<SheetPicture | undefined> => {
    if (index === undefined) return undefined;
    const known = pictures.get(index) ?? (await toPicture(await clip.frame(index)));
    pictures.set(index, known);
    return known;
  };
  return {
    async look(segmenter, frame, segmented) {
      pictures.set(frame.index, await toPicture(frame));
      if (!segmented || !segmenter.explain) return [];
      const { held, uses } = await segmenter.explain(questionsOf(view, segmented.labels, segmented.ids));
      // the frame itself may be remembered by the next one; of all others only what is held can come again
      for (const index of pictures.keys())
        if (index !== frame.index && !held.includes(index)) pictures.delete(index);
      const sights: MemorySight[] = [];
      for (const use of uses) {
        const frames: SheetFrame[] = [];
        for (const { index, ...own } of use.frames)
          frames.push({ ...own, name: nameOf(clip, index), picture: await pictureOf(index) });
        sights.push({ ids: use.ids, sheet: sheetOf(view, frame, pictures.get(frame.index)!, use, frames) });
      }
      return sights;
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
  { name, width, height }: Frame,
  picture: SheetPicture,
  { ids, cells, area, grid, kernel }: MemoryUse,
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
    grid: {
      ...{ rows: grid.height, columns: grid.width },
      ...{ left: area.left / width, top: area.top / height },
      ...{ width: area.width / width, height: area.height / height },
    },
  };
}

function nameOf(clip: Clip, index: FrameUse['index']): string {
  return index === undefined ? 'annotated' : clip.names[index];
}

/** The frame as large as sheets show it. */
async function toPicture(frame: Frame): Promise<SheetPicture> {
  const scale = Math.min(largestPicture.width / frame.width, largestPicture.height / frame.height);
  const side = (pixels: number) => Math.max(1, Math.floor(pixels * scale));
  const size = { width: side(frame.width), height: side(frame.height) };
  return { ...size, rgb: await resizePicture(frame.rgb, frame, size) };
}
