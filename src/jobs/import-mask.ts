/** What annotation tools write → checked masks, and pictures to look at. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AnnotationFormat } from '../clips/annotation-formats/annotations.js';
import { readAnnotations } from '../clips/annotation-formats/read-annotations.js';
import { openClip } from '../clips/open-clip.js';
import { writeOverlay } from '../clips/overlay.js';
import { fitMask } from '../clips/read-mask.js';
import { writeMask } from '../clips/write-mask.js';
import { OsvosError } from '../errors.js';
import { countLabels, VOID } from '../label-map.js';
import { drawImage, type DrawnMask } from './import-mask-draw.js';
import { placeImages, type PlacedImage } from './import-mask-frames.js';
import { assignIds } from './import-mask-ids.js';
import type { ImportedMask, MaskImport } from './import-mask-result.js';

export interface ImportMaskRequest {
  /** File or folder that the tool wrote. */
  source: string;
  /** Found out by content when left out. */
  format?: AnnotationFormat;
  /** Ids by object; objects that are not named are left out. */
  labels?: ReadonlyMap<string, number>;
  /** File `*.png` for one mask, or folder. */
  out: string;
  /** Clip that the masks belong to. */
  clip?: string;
  /** Number of the first frame of a video clip. */
  startNumber?: number;
  /** Frame of a single mask: key of a frame of the clip, else a picture file. */
  frame?: string;
  /** Rescale masks of the frame's aspect. */
  fitMask: boolean;
  /** Overwrite files. */
  force: boolean;
  dryRun: boolean;
}

/** A mask on its way: where it is to be written, and how it is drawn. */
interface PlannedMask {
  placed: PlacedImage;
  result: ImportedMask;
  draw: () => Promise<DrawnMask>;
}

/**
 * Imports masks. Everything is read and checked before the first file is written.
 *
 * @throws OsvosError `annotations-unreadable`, `mask-*`, `too-many-ids`, `clip-unreadable`, `unknown-frame`, `usage`,
 * `output-exists`, `cannot-write`
 */
export async function importMask(request: ImportMaskRequest): Promise<MaskImport> {
  const { source, format, labels, dryRun } = request;
  const { clip: clipSource, startNumber, frame } = request;
  if (clipSource === undefined && startNumber !== undefined) {
    const remedy = 'give --clip too, or leave it out';
    throw new OsvosError('usage', 'a number for no clip', `--start-number ${startNumber}`, remedy);
  }
  const clip = clipSource === undefined ? undefined : await openClip(clipSource, { startNumber });
  const annotations = await readAnnotations(source, { format, frames: clip?.names });
  const { ids, rule, leftOut } = await assignIds(annotations, source, labels);
  const wanted = annotations.images.filter(({ objects }) => objects.some((object) => ids.has(object)));
  const empty = annotations.images.length - wanted.length;
  if (wanted.length === 0)
    throw new OsvosError('mask-empty', 'nothing is annotated', source, 'draw the object, and export again');
  const placed = await placeImages(wanted, { clip, frame, numbered: annotations.namedAfterFrames });
  const planned = placed.map((one) => planMask(one, ids, request, placed.length));
  const notes = [
    ...(clip?.notes ?? []),
    ...annotations.notes,
    ...describeLeftOut(leftOut),
    ...(empty > 0 ? [`${empty} ${empty === 1 ? 'image' : 'images'} without an object left out`] : []),
    ...placed.flatMap(({ note }) => note ?? []),
  ];
  for (const one of planned) notes.push(...(await checkMask(one, ids)));
  refuseOverwriting(planned, request);
  if (!dryRun) for (const one of planned) await writePlanned(one);
  return {
    ...{ source, format: annotations.format, described: annotations.described },
    ids: [...ids].map(([object, id]) => ({ object, id })),
    ...{ rule, masks: planned.map(({ result }) => result), notes, dryRun },
  };
}

/** Automatic tools find hundreds of objects: some of them are named. */
function describeLeftOut(names: readonly string[]): string[] {
  const NAMED = 10;
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [`left out, as --labels does not name them: ${names.slice(0, NAMED).join(', ')}${more}`];
}

function planMask(
  placed: PlacedImage,
  ids: ReadonlyMap<string, number>,
  { out, fitMask: fit }: ImportMaskRequest,
  count: number,
): PlannedMask {
  const { image, name, frame } = placed;
  const { mask, overlay } = outputFiles(out, name, count);
  const draw = async (): Promise<DrawnMask> => {
    const drawn = await drawImage(image, ids);
    return frame
      ? { ...drawn, labels: fitMask(drawn.labels, frame, { fit }, image.file, frame.title) }
      : drawn;
  };
  const { width, height } = frame ?? image;
  const files = { mask, overlay: frame ? overlay : null };
  return { placed, draw, result: { name, ...files, width, height, objects: [], overlaps: [] } };
}

function outputFiles(out: string, name: string, count: number): { mask: string; overlay: string } {
  const extension = path.extname(out).toLowerCase();
  if (extension === '.png') {
    if (count === 1) return { mask: out, overlay: `${out.slice(0, -extension.length)}-overlay.jpg` };
    throw new OsvosError('usage', `one file for ${count} masks`, `--out ${out}`, 'give a folder');
  }
  if (/^\.(jpe?g|webp|tiff?|gif|bmp)$/.test(extension))
    throw new OsvosError(
      'usage',
      'masks are written as PNG',
      `--out ${out}`,
      'give a file *.png, or a folder',
    );
  return { mask: path.join(out, `${name}.png`), overlay: path.join(out, 'overlays', `${name}.jpg`) };
}

/** Draws a mask once to count its pixels. Gives notes. Throws `mask-empty`, `mask-size`, `annotations-unreadable`. */
async function checkMask(
  { placed, result, draw }: PlannedMask,
  ids: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { labels, overlaps } = await draw();
  const counts = countLabels(labels);
  const named = (id: number) =>
    id === VOID ? '"ignore"' : [...ids].flatMap(([object, own]) => (own === id ? [object] : [])).join(', ');
  const present = [...new Set(placed.image.objects.flatMap((object) => ids.get(object) ?? []))].sort(
    (a, b) => a - b,
  );
  result.objects = present
    .filter((id) => counts[id] > 0)
    .map((id) => ({ id, object: named(id), pixels: counts[id], share: counts[id] / labels.data.length }));
  result.overlaps = overlaps.map(({ over, under, pixels }) => ({
    over: named(over),
    under: named(under),
    pixels,
  }));
  if (result.objects.length === 0) {
    const remedy = 'draw the object inside of its image, and export again';
    throw new OsvosError(
      'mask-empty',
      'no object has a pixel',
      `${placed.image.file}, image ${result.name}`,
      remedy,
    );
  }
  const hidden = present.filter((id) => counts[id] === 0);
  return hidden.map(
    (id) => `${result.name}: ${named(id)} has no pixel left, it is hidden or outside of the picture`,
  );
}

function refuseOverwriting(
  planned: readonly PlannedMask[],
  { out, force, clip, frame }: ImportMaskRequest,
): void {
  const files = planned.flatMap(({ result }) => [
    result.mask,
    ...(result.overlay === null ? [] : [result.overlay]),
  ]);
  const sources = new Set(
    [...planned.map(({ placed }) => placed.image.file), frame ?? ''].map((file) => path.resolve(file)),
  );
  const source = files.find((file) => sources.has(path.resolve(file)));
  const inClip = clip !== undefined && path.resolve(out) === path.resolve(clip);
  if (source !== undefined || inClip) {
    const what = inClip
      ? 'masks in the folder of the clip would overwrite the frames'
      : 'the mask would overwrite its source';
    throw new OsvosError('usage', what, `--out ${out}`, 'choose another file or folder');
  }
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0 || force) return;
  const some = there.slice(0, 3).join(', ') + (there.length > 3 ? ', …' : '');
  throw new OsvosError(
    'output-exists',
    there.length === 1 ? 'the file exists already' : `${there.length} of the files exist already`,
    some,
    'choose another --out, or --force to overwrite',
  );
}

/** The overlay first: where the mask is, the picture of it is too. */
async function writePlanned({ placed, result, draw }: PlannedMask): Promise<void> {
  const { labels } = await draw();
  if (placed.frame && result.overlay !== null)
    await writeOverlay(result.overlay, await placed.frame.load(), labels);
  await writeMask(result.mask, labels);
}
